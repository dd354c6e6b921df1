//! The switches of each profile, as data. What all profiles have in common is no switch and not here.

use std::sync::LazyLock;

use scim_core::Policy;

use crate::access::Profile;

/// How the requests of a profile are read and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manners {
    /// How strictly bodies are read.
    pub(crate) policy: Policy,
    /// Whether filters and paths may hold operands without quotes, and booleans in quotes where one is compared.
    pub(crate) lenient_filters: bool,
    /// Whether `attributes=emails[type eq "work"]` is read as `attributes=emails`; an error otherwise.
    pub(crate) ignore_brackets: bool,
    /// Whether a PUT of a group that does not name `members` keeps them; they are cleared otherwise. `[]` and null clear
    /// them in any profile.
    pub(crate) keep_members_unless_named: bool,
    /// What answers a PATCH of a group that names no attributes.
    pub(crate) group_patch: GroupPatch,
    /// The media type of answers.
    pub(crate) answer_type: AnswerType,
}

/// What answers a PATCH of a group. With `attributes` or `excludedAttributes` it is 200 with that projection in any profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupPatch {
    /// 204.
    Always204,
    /// 200 with the group when it has at most so many members afterwards, else 204.
    ResourceUpTo(usize),
}

/// The media type of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerType {
    /// `application/scim+json`, whatever is accepted.
    Scim,
    /// `application/json` for a client that accepts only that, else `application/scim+json`.
    AsAccepted,
}

static TOLERANT: LazyLock<Manners> = LazyLock::new(|| Manners {
    policy: Policy::tolerant(),
    lenient_filters: true,
    ignore_brackets: true,
    keep_members_unless_named: true,
    group_patch: GroupPatch::ResourceUpTo(100),
    answer_type: AnswerType::Scim,
});

/// Both clients read no group that answers a PATCH, and one advises against it.
static QUIET: LazyLock<Manners> = LazyLock::new(|| Manners { group_patch: GroupPatch::Always204, ..*TOLERANT });

static RFC: LazyLock<Manners> = LazyLock::new(|| Manners {
    policy: Policy::strict(),
    lenient_filters: false,
    ignore_brackets: false,
    keep_members_unless_named: false,
    group_patch: GroupPatch::ResourceUpTo(100),
    answer_type: AnswerType::AsAccepted,
});

/// The manners of a profile.
pub(crate) fn manners(profile: Profile) -> &'static Manners {
    match profile {
        Profile::Tolerant => &TOLERANT,
        Profile::Entra | Profile::Okta => &QUIET,
        Profile::Rfc => &RFC,
    }
}
