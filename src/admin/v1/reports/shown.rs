//! How reports look.

use serde::Serialize;
use utoipa::ToSchema;

use crate::directory::reports::{self, Adoption, Counts, Day, OfUnit};

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
#[derive(Serialize, ToSchema)]
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
    fn of(counts: Counts) -> Self {
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

/// A share in ten-thousandths, which a float holds as they are written.
fn share(part: i64, whole: i64) -> f64 {
    let parts = part.saturating_mul(10_000).checked_div(whole).unwrap_or_default();
    f64::from(i32::try_from(parts).unwrap_or_default()) / 10_000.0
}

/// Users with a role in numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaRoleReport {
    /// The key of the role, of those to whom it was granted themselves.
    role: String,
    #[serde(flatten)]
    counts: MfaCounts,
}

impl MfaRoleReport {
    pub(super) fn of((role, counts): (String, Counts)) -> Self {
        Self { role, counts: MfaCounts::of(counts) }
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
