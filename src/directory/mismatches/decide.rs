//! What the links of a user say about where it comes from, held against what is recorded. Pure: one function over facts.

use crate::ids::{ConnectionId, IdentityId, ProviderId};

/// The source of users that nobody outside claims.
pub const LOCAL: &str = "LOCAL";
/// The source of users that a SCIM connection keeps.
pub const SCIM: &str = "SCIM";

/// A living link of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its id.
    pub identity: IdentityId,
    /// OIDC, SAML, LDAP or SCIM.
    pub protocol: String,
    /// The provider of a federated identity.
    pub provider: Option<ProviderId>,
    /// The connection of a SCIM link ...
    pub connection: Option<ConnectionId>,
    /// ... and the provider that this connection provisions for.
    pub provisions_for: Option<ProviderId>,
}

/// What is known of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The recorded source.
    pub recorded: String,
    /// Its living links.
    pub claims: Vec<Claim>,
    /// Whether it has a password that it chose here, and not one that a source wrote.
    pub has_local_password: bool,
    /// Whether it has any role.
    pub has_role: bool,
}

/// What the facts come to (IR-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The links and the recorded source agree.
    Agrees,
    /// They differ, and one authority stands behind all of them.
    Explained,
    /// Exactly one other source claims the user.
    Fixable,
    /// Somebody must decide.
    Ambiguous,
    /// Fixable, but the user has a role: somebody must choose it by name.
    Protected,
}

impl Verdict {
    /// The word for it in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "ok",
            Self::Explained => "explained",
            Self::Fixable => "fixable",
            Self::Ambiguous => "ambiguous",
            Self::Protected => "protected",
        }
    }
}

/// A verdict and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The source that should be recorded, where that is certain.
    pub expected: Option<String>,
    /// A sentence for people.
    pub reason: String,
}

/// Judges a user.
pub fn judge(facts: &Facts) -> Judgement {
    let differs = facts.claims.iter().any(|claim| claim.protocol != facts.recorded);
    let sources = sources(facts);
    let recorded_lives = sources.contains(&facts.recorded.as_str());
    let others: Vec<&str> = sources.iter().copied().filter(|source| *source != facts.recorded).collect();
    let (verdict, expected, reason) = match (differs, recorded_lives, others.as_slice()) {
        (false, true, []) => (Verdict::Agrees, None, "The links agree with the recorded source.".to_owned()),
        (true, true, []) => {
            (Verdict::Explained, None, "The connection provisions for the provider of the other links.".to_owned())
        }
        // That nobody outside claims the user may be a fault of a moment: a password here does not decide it.
        (_, false, [] | [LOCAL]) => {
            (Verdict::Ambiguous, None, format!("The source is {}, but no such link is left.", facts.recorded))
        }
        (_, false, [one]) if facts.has_role => {
            (Verdict::Protected, Some(*one), format!("Only {one} claims the user, who has a role."))
        }
        (_, false, [one]) => (Verdict::Fixable, Some(*one), format!("Only {one} claims the user.")),
        (_, true, some) => (
            Verdict::Ambiguous,
            None,
            format!("{} claims the user, and so does {}.", facts.recorded, some.join(" and ")),
        ),
        (_, false, some) => (Verdict::Ambiguous, None, format!("{} claim the user.", some.join(" and "))),
    };
    Judgement { verdict, expected: expected.map(str::to_owned), reason }
}

/// The sources that claim a user, each once, in a fixed order. A SCIM link and the links of the provider that its
/// connection provisions for are one claim of SCIM.
fn sources(facts: &Facts) -> Vec<&str> {
    let covered: Vec<ProviderId> = facts.claims.iter().filter_map(|claim| claim.provisions_for).collect();
    let counts = |claim: &&Claim| !claim.provider.is_some_and(|provider| covered.contains(&provider));
    let mut sources: Vec<&str> = facts.claims.iter().filter(counts).map(|claim| claim.protocol.as_str()).collect();
    // Nobody has to claim a local user; a password kept here claims one.
    if facts.has_local_password || facts.claims.is_empty() && facts.recorded == LOCAL {
        sources.push(LOCAL);
    }
    sources.sort_unstable();
    sources.dedup();
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Instant;

    fn provider(number: u8) -> ProviderId {
        ProviderId::new(Instant::from_micros(0), [number; 10])
    }

    fn federated(protocol: &str, number: u8) -> Claim {
        let identity = IdentityId::new(Instant::from_micros(0), [number; 10]);
        Claim {
            identity,
            protocol: protocol.to_owned(),
            provider: Some(provider(number)),
            connection: None,
            provisions_for: None,
        }
    }

    fn scim(provisions_for: Option<u8>) -> Claim {
        let now = Instant::from_micros(0);
        let (identity, connection) = (IdentityId::new(now, [9; 10]), Some(ConnectionId::new(now, [9; 10])));
        Claim {
            identity,
            protocol: SCIM.to_owned(),
            provider: None,
            connection,
            provisions_for: provisions_for.map(provider),
        }
    }

    fn judged(
        recorded: &str,
        claims: Vec<Claim>,
        has_local_password: bool,
        has_role: bool,
    ) -> (Verdict, Option<String>) {
        let judgement = judge(&Facts { recorded: recorded.to_owned(), claims, has_local_password, has_role });
        assert!(judgement.reason.ends_with('.'));
        (judgement.verdict, judgement.expected)
    }

    /// IR-11 and the definition of a mismatch: a federated identity of a protocol that is not the recorded source.
    #[test]
    fn ir11_each_case_has_its_verdict() {
        let oidc = || Some("OIDC".to_owned());
        for (recorded, claims, password, role, expected) in [
            ("LOCAL", vec![], false, false, (Verdict::Agrees, None)),
            ("LOCAL", vec![], true, true, (Verdict::Agrees, None)),
            ("SCIM", vec![scim(None)], false, false, (Verdict::Agrees, None)),
            ("OIDC", vec![federated("OIDC", 1), federated("OIDC", 2)], false, false, (Verdict::Agrees, None)),
            // A connection that provisions for the provider explains its links, and only those.
            ("SCIM", vec![scim(Some(1)), federated("OIDC", 1)], false, false, (Verdict::Explained, None)),
            ("SCIM", vec![scim(Some(2)), federated("OIDC", 1)], false, false, (Verdict::Ambiguous, None)),
            (
                "OIDC",
                vec![scim(Some(1)), federated("OIDC", 1)],
                false,
                false,
                (Verdict::Fixable, Some(SCIM.to_owned())),
            ),
            // Exactly one other source, and nothing of the recorded one is left.
            ("LOCAL", vec![federated("OIDC", 1)], false, false, (Verdict::Fixable, oidc())),
            ("SAML", vec![federated("OIDC", 1)], false, false, (Verdict::Fixable, oidc())),
            ("LOCAL", vec![federated("OIDC", 1)], false, true, (Verdict::Protected, oidc())),
            // A password kept here claims the user as a link does.
            ("LOCAL", vec![federated("OIDC", 1)], true, false, (Verdict::Ambiguous, None)),
            ("SAML", vec![federated("OIDC", 1)], true, false, (Verdict::Ambiguous, None)),
            // More than one.
            ("LOCAL", vec![federated("OIDC", 1), federated("SAML", 2)], false, false, (Verdict::Ambiguous, None)),
            ("SCIM", vec![scim(None), federated("OIDC", 1)], false, false, (Verdict::Ambiguous, None)),
            // The source is gone: reported, never fixed by itself.
            ("SCIM", vec![], false, false, (Verdict::Ambiguous, None)),
        ] {
            let case = format!("{recorded} {claims:?} {password} {role}");
            assert_eq!(judged(recorded, claims, password, role), expected, "{case}");
        }
    }

    #[test]
    fn ir11_a_source_without_links_is_not_made_local_by_a_password() {
        assert_eq!(judged("SCIM", vec![], true, false), (Verdict::Ambiguous, None));
    }
}
