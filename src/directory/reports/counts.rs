//! Marks in numbers: how many users have which factors. Pure.

use crate::store::factors::Marks;

use super::Fragile;

/// How many users have which factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users in all.
    pub users: i64,
    /// Those with any factor.
    pub enabled: i64,
    /// Those with a passkey.
    pub passkey: i64,
    /// Those with an authenticator.
    pub totp: i64,
    /// Those with a telephone.
    pub sms: i64,
    /// Those with a mailbox.
    pub email: i64,
    /// Those with one passkey that never leaves its device, and nothing else.
    pub single_device: i64,
    /// Those with a factor and no recovery code.
    pub no_recovery_codes: i64,
}

impl Counts {
    pub(super) fn of(rows: &[(Marks, i64)]) -> Self {
        let sum = |holds: &dyn Fn(Marks) -> bool| {
            rows.iter().filter(|(marks, _)| holds(*marks)).map(|(_, amount)| amount).sum::<i64>()
        };
        let with = |mark: Marks| sum(&|marks| marks.has(mark));
        Self {
            users: sum(&|_| true),
            enabled: sum(&Marks::any),
            passkey: with(Marks::PASSKEY),
            totp: with(Marks::TOTP),
            sms: with(Marks::SMS),
            email: with(Marks::EMAIL),
            single_device: sum(&|marks| Fragile::SingleDevice.holds(marks)),
            no_recovery_codes: sum(&|marks| Fragile::NoRecoveryCodes.holds(marks)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_19_counts_add_up() {
        let rows = [(Marks(0), 7), (Marks(1), 2), (Marks(8 + 32), 3), (Marks(8 + 16), 4), (Marks(2 + 16), 1)];
        let counts = Counts::of(&rows);
        assert_eq!((counts.users, counts.enabled, counts.passkey, counts.totp, counts.sms), (17, 10, 7, 2, 1));
        assert_eq!((counts.single_device, counts.no_recovery_codes, counts.email), (3, 5, 0));
    }
}
