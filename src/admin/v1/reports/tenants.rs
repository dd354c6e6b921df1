//! Second factors over tenants, for those who look after several.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Permission;
use crate::admin::v1::audit::query::Cursors;
use crate::admin::v1::export::{self, Row};
use crate::admin::v1::shared::read as looks;
use crate::directory::reports::{self, OfTenant};
use crate::directory::settings::Requirement;
use crate::error::Result;
use crate::http::rest::{self, Meta, Parameters};
use crate::http::{Document, Endpoint, Exchange, Looked, Reply};

use super::shown::{MfaCounts, cells, columns};
use super::walk::Tenants;
use super::{REPORTS, cursors};

/// What the cursor of a list of tenants begins with.
const MARK: char = 't';

/// A tenant in numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaTenantReport {
    #[schema(format = "uuid")]
    tenant_id: String,
    /// Its short name.
    slug: String,
    /// Its name for people.
    name: Option<String>,
    /// The partner who looks after it.
    #[schema(format = "uuid")]
    partner_id: Option<String>,
    /// Whether it lets nobody in.
    suspended: bool,
    #[serde(flatten)]
    counts: MfaCounts,
    /// Whether its policy asks everybody for a factor.
    required: bool,
    /// What its policy asks of everybody: `off`, `optional`, `required` or `phishing_resistant`.
    requirement: &'static str,
    /// The roles of which it asks for more.
    stricter_roles: Vec<String>,
    /// Users who lack what is asked of them, and whose grace is over.
    overdue: i64,
}

impl MfaTenantReport {
    pub(super) fn of(found: OfTenant) -> Self {
        let OfTenant { tenant, counts, requirement, stricter_roles, overdue } = found;
        Self {
            tenant_id: tenant.id.to_string(),
            slug: tenant.slug,
            name: tenant.name,
            partner_id: tenant.partner_id.map(|partner| partner.to_string()),
            suspended: tenant.suspended,
            counts: MfaCounts::of(counts),
            required: requirement >= Requirement::Required,
            requirement: requirement.as_str(),
            stricter_roles,
            overdue,
        }
    }
}

impl Row for MfaTenantReport {
    fn columns() -> Vec<&'static str> {
        let mut all = columns(&["tenant_id", "slug", "name", "partner_id", "suspended"]);
        all.extend(["required", "requirement", "stricter_roles", "overdue"]);
        all
    }

    fn cells(&self) -> Vec<String> {
        let (name, partner) =
            (self.name.as_deref().unwrap_or_default(), self.partner_id.as_deref().unwrap_or_default());
        let suspended = self.suspended.to_string();
        let mut all = cells([&self.tenant_id, &self.slug, name, partner, &suspended], &self.counts);
        let roles = self.stricter_roles.join(" ");
        all.extend([self.required.to_string(), self.requirement.to_owned(), roles, self.overdue.to_string()]);
        all
    }
}

/// A page of tenants.
#[derive(Serialize, ToSchema)]
struct MfaTenantPage {
    /// The tenants, by slug.
    data: Vec<MfaTenantReport>,
    /// Where the next page begins.
    pagination: Cursors,
    /// Of the answer.
    meta: Meta,
}

/// The row of this subject.
pub(super) fn endpoint() -> Endpoint {
    let document = Document::new("list_mfa_report_tenants", "See how second factors spread over tenants", REPORTS)
        .described("Of the tenants whose reports may be seen as a whole, by whoever may see tenants too.");
    let document = export::described(cursors::described(document))
        .bare::<MfaTenantPage>(200, "A page of the tenants in reach, or all of them in the form asked for");
    looks("/admin/reports/mfa/tenants", Permission::TenantsRead, |x| Box::pin(list(x)), document)
}

/// `GET /admin/reports/mfa/tenants`.
async fn list(exchange: Exchange) -> Result<Reply> {
    let reach = reports::over_tenants(exchange.actor()?)?;
    let mut parameters = Parameters::of(&exchange.query);
    let behind = |cursor: &str| cursor.strip_prefix(MARK).map(str::to_owned);
    let (after, per_page) = (cursors::read(&mut parameters, behind), cursors::per_page(&mut parameters));
    let form = export::read(&mut parameters, &exchange);
    parameters.finish()?;
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    if let Some(form) = form {
        let reach = reach.to_export(exchange.actor()?)?;
        exchange.note.looked(Looked { user: None, what: "mfa_report export", count: None });
        let tenants = Tenants { directory: directory.clone(), reach, cx: cx.clone() };
        return export::answer(tenants, after, form, "mfa-tenants").await;
    }
    let (found, next) = reports::by_tenant(directory, &reach, cx, (after.unwrap_or_default(), per_page)).await?;
    exchange.note.looked(Looked { user: None, what: "mfa_report", count: u64::try_from(found.len()).ok() });
    let pagination = Cursors { per_page, next_cursor: next.map(|slug| format!("{MARK}{slug}")) };
    let data = found.into_iter().map(MfaTenantReport::of).collect();
    rest::bare(200, &MfaTenantPage { data, pagination, meta: Meta::of(cx) })
}
