//! Reports on second factors, as pages or exported as a whole, and reminding those who lack them.

mod cursors;
mod read;
mod remind;
mod shown;
mod tenants;
mod walk;

use crate::access::Permission;
use crate::http::document::{flag, nonempty, text, uuid, words};
use crate::http::{Document, Endpoint, Method};

use super::export;
use super::shared::{read as looks, write};
use remind::{MfaReminder, MfaReminders};
use shown::{MfaDay, MfaReport, MfaRoleReport, MfaUnitReport, MfaUserPage};

const REPORTS: &str = "Reports";
/// What users may lack, and how their factors may be fragile, in words.
const WITHOUT: &[&str] = &["any", "passkey", "totp", "sms", "email"];
const KINDS: &[&str] = &["fragile", "single_device", "sms_only", "no_recovery_codes"];

/// The rows of this subject.
pub(super) fn endpoints() -> Vec<Endpoint> {
    const SEE: Permission = Permission::ReportsRead;
    let document = |operation, summary| Document::new(operation, summary, REPORTS);
    let whole = document("get_mfa_report", "See how many users have which second factors")
        .data::<MfaReport>(200, "The users in reach, in numbers");
    let roles = export::described(document("list_mfa_report_roles", "See the same by role"))
        .paged()
        .page::<MfaRoleReport>("A page of the roles that users hold, by whatever way");
    let units = export::described(document("list_mfa_report_units", "See the same by org unit"))
        .paged()
        .page::<MfaUnitReport>("A page of the org units in reach, by name");
    let history = export::described(document("get_mfa_history", "See how it came to be, day by day"))
        .query("from", "The first day, such as 2026-01-31; 90 days before the last when it is left out", text())
        .query("to", "The last day; today when it is left out", text())
        .data_list::<MfaDay>(200, "The days, the oldest first");
    let users =
        export::described(cursors::described(document("list_mfa_report_users", "List users by what they lack")))
            .query("without", "Those without any factor, or without this one", words(WITHOUT, None))
            .query("kind", "Those whose factors are easily lost: in any way, or in this one", words(KINDS, None))
            .query("ou_id", "Those of an org unit", uuid())
            .query("include_children", "Those of the org units below it too", flag(Some(false)))
            .query("role", "Those who hold a role, by whatever way", nonempty())
            .bare::<MfaUserPage>(200, "A page of the users in reach, or all of them in the form asked for")
            .error(404, "There is no such tenant or org unit in reach");
    let remind = document("remind_mfa_users", "Remind users of their second factors by mail")
        .request::<MfaReminder>()
        .data::<MfaReminders>(200, "How many are reminded; nobody is twice within seven days")
        .error(404, "There is no such tenant or org unit in reach");
    vec![
        looks("/tenants/{tenant_id}/reports/mfa", SEE, |x| Box::pin(read::whole(x)), whole),
        looks("/tenants/{tenant_id}/reports/mfa/roles", SEE, |x| Box::pin(read::roles(x)), roles),
        looks("/tenants/{tenant_id}/reports/mfa/units", SEE, |x| Box::pin(read::units(x)), units),
        looks("/tenants/{tenant_id}/reports/mfa/history", SEE, |x| Box::pin(read::days(x)), history),
        looks("/tenants/{tenant_id}/reports/mfa/users", SEE, |x| Box::pin(read::users(x)), users),
        write(
            Method::Post,
            "/tenants/{tenant_id}/mfa/reminders",
            Permission::MfaPolicyWrite,
            |x| Box::pin(remind::remind(x)),
            remind,
        ),
        tenants::endpoint(),
    ]
}
