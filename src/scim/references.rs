//! References to resources as clients write them: the URL of a resource, whole, relative, or without the version segment,
//! stands for the resource itself (RFC 7643 section 2.3.7).

use scim_core::evaluate::{Comparison, Condition, Operand, SubTest, Test};
use scim_core::fold::fold;
use scim_core::patch::MemberChange;
use scim_core::schema::Type;

/// Reads `members[$ref eq "URL"]` as `members[value eq "ID"]`: the directory knows members by id, not by URL.
pub(super) fn by_value(change: MemberChange) -> MemberChange {
    match change {
        MemberChange::RemoveWhere(condition) => MemberChange::RemoveWhere(condition_by_value(condition)),
        other => other,
    }
}

fn condition_by_value(condition: Condition<SubTest>) -> Condition<SubTest> {
    match condition {
        Condition::And(parts) => Condition::And(parts.into_iter().map(condition_by_value).collect()),
        Condition::Or(parts) => Condition::Or(parts.into_iter().map(condition_by_value).collect()),
        Condition::Not(part) => Condition::Not(Box::new(condition_by_value(*part))),
        Condition::Leaf(test) => Condition::Leaf(test_by_value(test)),
        Condition::Constant(holds) => Condition::Constant(holds),
    }
}

fn test_by_value(test: SubTest) -> SubTest {
    let id = match &test.test {
        Test::Compare(Comparison::Equal, Operand::Text(url)) if test.name == "$ref" => id_in(url),
        _ => None,
    };
    match id {
        Some(id) => SubTest {
            name: "value".to_owned(),
            kind: Type::String,
            case_exact: false,
            test: Test::Compare(Comparison::Equal, Operand::Text(fold(id))),
        },
        None => test,
    }
}

/// The id at the end of a user's or a group's URL.
fn id_in(url: &str) -> Option<&str> {
    let (before, id) = url.rsplit_once('/')?;
    let endpoint = before.rsplit('/').next()?;
    (matches!(endpoint, "Users" | "Groups") && !id.is_empty()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_resource_stands_for_it_in_any_form() {
        for url in ["https://h/scim/v2/Users/a", "https://h/scim/Users/a", "Users/a", "/Groups/a"] {
            assert_eq!(id_in(url), Some("a"), "{url}");
        }
        for url in ["https://h/scim/v2/Users/", "Users", "https://h/a", "a"] {
            assert_eq!(id_in(url), None, "{url}");
        }
    }
}
