//! How reports look.

use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::v1::export::Row;
use crate::admin::v1::users::UserListItem;
use crate::directory::reports::{self, Adoption, Counts, Day, OfUnit};
use crate::http::rest::Meta;

/// How many users have which second factors; those who cannot sign in or are for testing do not count.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaReport {
    #[serde(flatten)]
    counts: MfaCounts,
    /// Administrators who have nothing but text messages.
    sms_only_administrators: i64,
}

/// Users in numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaCounts {
    /// Users in all.
    users: i64,
    /// Those with any factor.
    enabled: i64,
    /// Those with none.
    without: i64,
    /// The share of those with any factor, from 0 to 1; 0 where there are no users.
    adoption: f64,
    /// How many have each method.
    methods: MfaMethods,
    /// Those with one passkey that never leaves its device, and nothing else.
    single_device: i64,
    /// Those with a factor and no recovery code.
    no_recovery_codes: i64,
}

/// How many users have each method; who has several counts in each.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub(super) struct MfaMethods {
    passkey: i64,
    totp: i64,
    sms: i64,
    email: i64,
}

impl MfaReport {
    pub(super) fn of(found: Adoption) -> Self {
        Self { counts: MfaCounts::of(found.counts), sms_only_administrators: found.sms_only_administrators }
    }
}

impl MfaCounts {
    pub(super) fn of(counts: Counts) -> Self {
        let Counts { users, enabled, passkey, totp, sms, email, single_device, no_recovery_codes } = counts;
        Self {
            users,
            enabled,
            without: users - enabled,
            adoption: share(enabled, users),
            methods: MfaMethods { passkey, totp, sms, email },
            single_device,
            no_recovery_codes,
        }
    }
}

impl Row for MfaCounts {
    fn columns() -> Vec<&'static str> {
        let methods = ["passkey", "totp", "sms", "email"];
        let around = (["users", "enabled", "without", "adoption"], ["single_device", "no_recovery_codes"]);
        [&around.0[..], &methods, &around.1].concat()
    }

    fn cells(&self) -> Vec<String> {
        let MfaMethods { passkey, totp, sms, email } = self.methods;
        let numbers = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect::<Vec<_>>();
        let mut cells = numbers(&[self.users, self.enabled, self.without]);
        cells.push(self.adoption.to_string());
        cells.extend(numbers(&[passkey, totp, sms, email, self.single_device, self.no_recovery_codes]));
        cells
    }
}

/// The columns of counts behind others.
pub(super) fn columns(before: &[&'static str]) -> Vec<&'static str> {
    before.iter().copied().chain(MfaCounts::columns()).collect()
}

/// Cells of counts behind others.
pub(super) fn cells<const N: usize>(before: [&str; N], counts: &MfaCounts) -> Vec<String> {
    before.map(str::to_owned).into_iter().chain(counts.cells()).collect()
}

/// A share in ten-thousandths, which a float holds as they are written.
fn share(part: i64, whole: i64) -> f64 {
    let parts = part.saturating_mul(10_000).checked_div(whole).unwrap_or_default();
    f64::from(i32::try_from(parts).unwrap_or_default()) / 10_000.0
}

/// Users with a role in numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaRoleReport {
    /// The key of the role, of those who hold it by whatever way.
    role: String,
    #[serde(flatten)]
    counts: MfaCounts,
}

impl MfaRoleReport {
    pub(super) fn of((role, counts): (String, Counts)) -> Self {
        Self { role, counts: MfaCounts::of(counts) }
    }
}

impl Row for MfaRoleReport {
    fn columns() -> Vec<&'static str> {
        columns(&["role"])
    }

    fn cells(&self) -> Vec<String> {
        cells([&self.role], &self.counts)
    }
}

/// Users of an org unit in numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaUnitReport {
    #[schema(format = "uuid")]
    ou_id: String,
    /// Its name.
    name: String,
    #[serde(flatten)]
    counts: MfaCounts,
}

impl MfaUnitReport {
    pub(super) fn of(unit: OfUnit) -> Self {
        Self { ou_id: unit.id.to_string(), name: unit.name, counts: MfaCounts::of(unit.counts) }
    }
}

impl Row for MfaUnitReport {
    fn columns() -> Vec<&'static str> {
        columns(&["ou_id", "name"])
    }

    fn cells(&self) -> Vec<String> {
        cells([&self.ou_id, &self.name], &self.counts)
    }
}

/// A day in numbers, as it was at the first look on it.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaDay {
    /// The day in UTC.
    #[schema(format = Date)]
    day: String,
    #[serde(flatten)]
    counts: MfaCounts,
}

impl MfaDay {
    pub(super) fn of(found: Day) -> Self {
        let Day { tenant_id: _, day, users, enabled, passkey, totp, sms, email, single_device, no_recovery_codes } =
            found;
        let counts = Counts { users, enabled, passkey, totp, sms, email, single_device, no_recovery_codes };
        Self { day: reports::written(day), counts: MfaCounts::of(counts) }
    }
}

impl Row for MfaDay {
    fn columns() -> Vec<&'static str> {
        columns(&["day"])
    }

    fn cells(&self) -> Vec<String> {
        cells([&self.day], &self.counts)
    }
}

/// A page of users.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaUserPage {
    /// The users: by what they have, those with nothing first, then in the order in which they were made.
    pub(super) data: Vec<UserListItem>,
    /// Where the next page begins.
    pub(super) pagination: MfaUserCursors,
    /// Of the answer.
    pub(super) meta: Meta,
}

/// Where the next page of users begins.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaUserCursors {
    /// How many items a page has.
    pub(super) per_page: u32,
    /// How many items there are on all pages; told with the first one, and null with the others.
    pub(super) total_items: Option<u64>,
    /// The cursor of the next page; null when there is none.
    pub(super) next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn s0_20_a_share_is_written_in_four_digits() {
        assert_eq!(
            [share(1, 3), share(0, 0), share(7, 7), share(0, 9)].map(|share| share.to_string()),
            ["0.3333", "0", "1", "0"]
        );
    }
}
