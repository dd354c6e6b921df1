//! What counts as an attack in a tenant, and who is told of it (S1-07, S2-35). The defaults are the platform's.

use serde::{Deserialize, Serialize};

use crate::directory::accounts::is_address;
use crate::directory::suspicions::{Kind, Severity};

/// Facts that a limit may wait for, at the most.
pub(in crate::directory) const MOST: i64 = 100;
/// Addresses that alerts are mailed to, at the most.
const MOST_RECIPIENTS: usize = 20;
/// A day, in minutes.
const DAY: i64 = 24 * 60;

/// What protects a tenant beside its passwords and factors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// Suspicious activity.
    pub alerts: Alerts,
}

/// What counts as suspicious, and who is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    /// Whether alerts are mailed.
    pub mail: bool,
    /// To these addresses; to the administrators of the tenant when there are none.
    pub recipients: Vec<String>,
    /// Nobody is told of less than this.
    pub min_severity: Severity,
    /// Minutes in which nobody is told twice of the same kind and subject.
    pub pause_minutes: i64,
    /// Alerts in an hour, at the most.
    pub most_per_hour: i64,
    /// Failed sign-ins of a user.
    pub multiple_failures: Limit,
    /// Users at whom one address guessed.
    pub password_spray: Limit,
    /// Second steps of a user that were asked for and not finished.
    pub mfa_fatigue: Limit,
    /// Devices that a user signed in from for the first time.
    pub new_device: Limit,
    /// Sign-ins of a user with a recovery code.
    pub recovery_code_use: Limit,
    /// Second factors of a user that were removed.
    pub factor_removed: Limit,
    /// Sign-ins from places too far apart, where addresses have places.
    pub impossible_travel: Travel,
}

/// How much is too much: so many within so many minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limit {
    /// So many; 0 is never.
    pub count: i64,
    /// Within so many minutes.
    pub minutes: i64,
}

impl Limit {
    const fn new(count: i64, minutes: i64) -> Self {
        Self { count, minutes }
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::new(5, 15)
    }
}

/// How fast and how far is too fast and too far; both must be exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Travel {
    /// Kilometres an hour; 0 is never.
    pub speed_kmh: i64,
    /// Kilometres.
    pub distance_km: i64,
}

impl Default for Travel {
    fn default() -> Self {
        Self { speed_kmh: 900, distance_km: 500 }
    }
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            mail: true,
            recipients: Vec::new(),
            min_severity: Severity::Medium,
            pause_minutes: 60,
            most_per_hour: 20,
            multiple_failures: Limit::new(5, 15),
            password_spray: Limit::new(15, 15),
            mfa_fatigue: Limit::new(5, 60),
            new_device: Limit::new(3, 60),
            recovery_code_use: Limit::new(1, DAY),
            factor_removed: Limit::new(1, DAY),
            impossible_travel: Travel::default(),
        }
    }
}

impl Alerts {
    /// How much of a kind is too much.
    pub fn limit(&self, kind: Kind) -> Limit {
        match kind {
            Kind::MultipleFailures => self.multiple_failures,
            Kind::PasswordSpray => self.password_spray,
            Kind::MfaFatigue => self.mfa_fatigue,
            Kind::NewDevice => self.new_device,
            Kind::RecoveryCodeUse => self.recovery_code_use,
            Kind::FactorRemoved => self.factor_removed,
            // One journey is enough.
            Kind::ImpossibleTravel => Limit::new(i64::from(self.impossible_travel.speed_kmh > 0), DAY),
        }
    }
}

type Place = &'static [&'static str];
type Fault = (Place, &'static str);

/// Says where alerts make no sense, and why.
pub(super) fn judge(alerts: &Alerts) -> Result<(), Fault> {
    let limits: [(Place, Place, Limit); 6] = [
        (&["multiple_failures", "count"], &["multiple_failures", "minutes"], alerts.multiple_failures),
        (&["password_spray", "count"], &["password_spray", "minutes"], alerts.password_spray),
        (&["mfa_fatigue", "count"], &["mfa_fatigue", "minutes"], alerts.mfa_fatigue),
        (&["new_device", "count"], &["new_device", "minutes"], alerts.new_device),
        (&["recovery_code_use", "count"], &["recovery_code_use", "minutes"], alerts.recovery_code_use),
        (&["factor_removed", "count"], &["factor_removed", "minutes"], alerts.factor_removed),
    ];
    for (count, minutes, limit) in limits {
        within(limit.count, 0..=MOST, count, "must be 0 to 100")?;
        within(limit.minutes, 1..=DAY, minutes, "must be 1 to 1440")?;
    }
    let Travel { speed_kmh, distance_km } = alerts.impossible_travel;
    within(speed_kmh, 0..=100_000, &["impossible_travel", "speed_kmh"], "must be 0 to 100000")?;
    within(distance_km, 1..=20_000, &["impossible_travel", "distance_km"], "must be 1 to 20000")?;
    within(alerts.pause_minutes, 1..=30 * DAY, &["pause_minutes"], "must be 1 to 43200")?;
    within(alerts.most_per_hour, 1..=1000, &["most_per_hour"], "must be 1 to 1000")?;
    if alerts.recipients.len() > MOST_RECIPIENTS || !alerts.recipients.iter().all(|one| is_address(one)) {
        return Err((&["recipients"], "must be addresses, at most 20"));
    }
    Ok(())
}

fn within(value: i64, range: std::ops::RangeInclusive<i64>, place: Place, why: &'static str) -> Result<(), Fault> {
    if range.contains(&value) { Ok(()) } else { Err((place, why)) }
}
