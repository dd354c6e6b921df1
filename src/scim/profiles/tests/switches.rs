//! The switches of the profiles.

use super::*;
use scim_core::message::SearchRequest;
use scim_core::project::Projection;

#[test]
fn two_profiles_are_the_tolerant_one_with_quiet_group_patches() {
    let tolerant = *manners(Profile::Tolerant);
    for profile in [Profile::Entra, Profile::Okta] {
        let quiet = manners(profile);
        assert_eq!(quiet.group_patch, GroupPatch::Always204);
        let restored = Manners { group_patch: tolerant.group_patch, ..*quiet };
        assert_eq!(restored, tolerant);
    }
}

#[test]
fn the_rfc_profile_differs_in_every_switch_but_the_group_patch() {
    let (tolerant, rfc) = (manners(Profile::Tolerant), manners(Profile::Rfc));
    assert_eq!(rfc.policy, scim_core::Policy::strict());
    assert_eq!(tolerant.policy, scim_core::Policy::tolerant());
    assert_eq!(tolerant.group_patch, rfc.group_patch);
    assert!(tolerant.lenient_filters && !rfc.lenient_filters);
    assert!(tolerant.ignore_brackets && !rfc.ignore_brackets);
    assert!(tolerant.keep_members_unless_named && !rfc.keep_members_unless_named);
    assert_eq!(tolerant.answer_type, AnswerType::Scim);
    assert_eq!(rfc.answer_type, AnswerType::AsAccepted);
}

/// E-V10
#[test]
fn brackets_in_attributes_are_dropped_or_refused() {
    let parse = |profile| {
        let ignored = manners(profile).ignore_brackets;
        Projection::parse(&["emails[type eq \"work\"]"], &[], &index("User"), ignored)
    };
    let emails = Projection::parse(&["emails"], &[], &index("User"), false).unwrap();
    for profile in TOLERANT {
        assert_eq!(parse(profile).as_ref(), Ok(&emails));
    }
    assert_eq!(parse(Profile::Rfc).unwrap_err().kind, Kind::InvalidValue);
}

/// E-Q4, E-V9, E-U25
#[test]
fn filters_without_quotes_and_with_quoted_booleans() {
    let compile = |profile, text| {
        let (index, manners) = (index("User"), manners(profile));
        let filter = scim_filter_parser::parse_filter(text, &dialect(&index, manners)).ok()?;
        let leniency = scim_core::evaluate::Leniency { coerce_booleans: manners.lenient_filters };
        let refuse = scim_core::evaluate::Unknown::Refuse;
        scim_core::evaluate::compile(&index, &filter, leniency, refuse).ok()
    };
    let resource = object(json!({
        "externalId": "jyoung", "userName": "Olga", "name": { "familyName": "Employee" }, "active": true,
        "emails": [{ "value": "olga@example.org", "primary": true }],
        "meta": { "created": "2020-01-01T00:00:00Z" },
    }));
    for filter in [
        "externalId eq jyoung",
        "userName sw O",
        "name.FamilyName eq Employee and (emails.Value co example.com or emails.Value co example.org)",
        "meta.Created gt 2015-10-10T14:38:21.8617979-07:00",
        "emails[primary eq \"True\"]",
        "active eq True",
    ] {
        for profile in TOLERANT {
            let condition = compile(profile, filter).unwrap_or_else(|| panic!("{filter}"));
            assert!(condition.matches(&resource), "{filter}");
        }
        assert_eq!(compile(Profile::Rfc, filter), None, "{filter}");
    }
}

/// T-36
#[test]
fn a_search_may_be_written_like_a_query() {
    let body = json!({
        "schemas": [message::SEARCH_REQUEST], "Attributes": "userName, emails,", "excludedAttributes": "",
        "count": "10", "startIndex": "+1", "filter": "7",
    });
    let (mut mended, mut fired) = (body.clone(), Vec::new());
    mend_search(Profile::Tolerant, &mut mended, &mut fired);
    let expected = json!({
        "schemas": [message::SEARCH_REQUEST], "Attributes": ["userName", "emails"], "excludedAttributes": [],
        "count": 10, "startIndex": "+1", "filter": "7",
    });
    assert_eq!(mended, expected);
    assert_eq!(fired, [Tolerance::NamesInOneText, Tolerance::NumberAsText]);

    let (mut untouched, mut fired) = (body.clone(), Vec::new());
    mend_search(Profile::Rfc, &mut untouched, &mut fired);
    assert_eq!((&untouched, fired), (&body, Vec::new()));
    let policy = &manners(Profile::Rfc).policy;
    assert_eq!(SearchRequest::read(untouched, policy).unwrap_err().kind, Kind::InvalidValue);
}
