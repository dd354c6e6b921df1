//! Who must have which second factors, as a tenant decides it (S2-32, IR-18).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::factors::{Method, Owned};

/// Who must have which second factors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mfa {
    /// What is asked of everybody.
    pub requirement: Requirement,
    /// What is asked of those who have a role, by its key, when that is more.
    pub roles: BTreeMap<String, Requirement>,
    /// Days that somebody has to set up what is asked of them.
    pub grace_days: i64,
    /// The factors that may be used.
    pub methods: Vec<Method>,
    /// Minutes for which a proof counts as fresh for what is sensitive; 0 is as long as the session lives.
    pub step_up_minutes: i64,
    /// Days for which a device is remembered where a factor was proven; 0 is never.
    pub remember_days: i64,
    /// What must come before somebody is let past the factors of another.
    pub reset: ResetPolicy,
}

/// What must come before an administrator lets somebody past the second factors of a user (IR-17); nothing unless it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResetPolicy {
    /// Whether it must be said why.
    pub reason_required: bool,
    /// Whether another administrator must agree.
    pub approver_required: bool,
    /// Hours that must pass, in which the user can object.
    pub wait_hours: i64,
}

impl ResetPolicy {
    /// Whether anything must come before.
    pub fn asks(&self) -> bool {
        *self != Self::default()
    }
}

impl Default for Mfa {
    fn default() -> Self {
        Self {
            requirement: Requirement::Optional,
            roles: BTreeMap::new(),
            grace_days: 14,
            methods: Method::FACTORS.to_vec(),
            step_up_minutes: 15,
            reset: ResetPolicy::default(),
            remember_days: 30,
        }
    }
}

/// What is asked of somebody; each asks for more than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// Nothing: not even factors that are there are asked for.
    Off,
    /// What is there is asked for.
    #[default]
    Optional,
    /// A factor must be there.
    Required,
    /// A factor must be there that no other site can ask for: a passkey.
    PhishingResistant,
}

impl Requirement {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
            Self::PhishingResistant => "phishing_resistant",
        }
    }
}

impl Mfa {
    /// What is asked of somebody who has these roles.
    pub fn asked<'a>(&self, roles: impl Iterator<Item = &'a str>) -> Requirement {
        roles.filter_map(|role| self.roles.get(role)).copied().fold(self.requirement, Requirement::max)
    }

    /// Whether somebody who has this lacks what is asked of them.
    pub fn is_lacking(&self, owned: &Owned, asked: Requirement) -> bool {
        let has = |method: &Method| owned.factors.contains(method) && self.allows(*method);
        match asked {
            Requirement::Off | Requirement::Optional => false,
            Requirement::Required => !Method::FACTORS.iter().any(has),
            Requirement::PhishingResistant => !has(&Method::Passkey),
        }
    }

    /// Whether a factor may be used.
    pub fn allows(&self, method: Method) -> bool {
        self.methods.contains(&method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_asks_for_more_and_never_for_less() {
        let roles = [("admin".to_owned(), Requirement::PhishingResistant), ("guest".to_owned(), Requirement::Off)];
        let mfa = Mfa { roles: BTreeMap::from(roles), ..Mfa::default() };
        assert_eq!(mfa.asked(["viewer"].into_iter()), Requirement::Optional);
        assert_eq!(mfa.asked(["guest", "admin"].into_iter()), Requirement::PhishingResistant);
        assert_eq!(mfa.asked(["guest"].into_iter()), Requirement::Optional);
    }
}
