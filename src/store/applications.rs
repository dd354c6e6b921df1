//! The `application` table, and who is assigned to an application. Its tokens are in `application_tokens`.

use diesel::prelude::*;

use super::schema::{application, application_assignment};
use super::text;
use super::tx::{Tx, is_taken};
use super::types::{Document, Json};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, SubjectId, TenantId};

/// An application.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What is decided for it.
    pub settings: serde_json::Value,
    /// Whether its tokens open anything.
    pub enabled: bool,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = application)]
struct Row {
    id: ApplicationId,
    tenant_id: TenantId,
    name: String,
    description: Option<String>,
    settings: Document,
    enabled: bool,
    version: i64,
    created: Instant,
    modified: Instant,
}

impl From<Row> for Application {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            tenant: row.tenant_id,
            name: row.name,
            description: row.description,
            settings: row.settings.0,
            enabled: row.enabled,
            version: row.version,
            created: row.created,
            modified: row.modified,
        }
    }
}

/// Who is assigned to an application.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = application_assignment)]
pub struct Assignment {
    /// `user` or `group`.
    pub subject_kind: String,
    /// The user or group.
    pub subject_id: SubjectId,
    /// When it was made.
    pub created: Instant,
}

fn taken(error: diesel::result::Error, name: &str) -> Error {
    if is_taken(&error) { Error::Taken(format!("there is an application `{name}` already")) } else { error.into() }
}

/// Adds an application.
///
/// # Errors
/// [`Error::Taken`] when the tenant has one of that name.
pub fn insert(tx: &mut Tx<'_>, new: &Application) -> Result<()> {
    let row = (
        application::id.eq(new.id),
        application::tenant_id.eq(new.tenant),
        application::name.eq(&new.name),
        application::name_folded.eq(text::key(&new.name)),
        application::description.eq(&new.description),
        application::settings.eq(Json::of(&new.settings)?),
        application::enabled.eq(new.enabled),
        application::version.eq(new.version),
        application::created.eq(new.created),
        application::modified.eq(new.modified),
    );
    diesel::insert_into(application::table).values(row).execute(tx.conn).map_err(|error| taken(error, &new.name))?;
    Ok(())
}

/// Writes an application.
///
/// # Errors
/// [`Error::Taken`] when the tenant has another one of that name.
pub fn update(tx: &mut Tx<'_>, changed: &Application) -> Result<()> {
    let row = application::table.filter(application::id.eq(changed.id).and(application::tenant_id.eq(changed.tenant)));
    let columns = (
        application::name.eq(&changed.name),
        application::name_folded.eq(text::key(&changed.name)),
        application::description.eq(&changed.description),
        application::settings.eq(Json::of(&changed.settings)?),
        application::enabled.eq(changed.enabled),
        application::version.eq(changed.version),
        application::modified.eq(changed.modified),
    );
    diesel::update(row).set(columns).execute(tx.conn).map_err(|error| taken(error, &changed.name))?;
    Ok(())
}

/// Removes an application with its assignments and tokens.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, of: TenantId, id: ApplicationId) -> Result<()> {
    diesel::delete(application::table.filter(application::id.eq(id).and(application::tenant_id.eq(of))))
        .execute(tx.conn)?;
    Ok(())
}

/// The tenant's application of that id.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, of: TenantId, id: ApplicationId) -> Result<Option<Application>> {
    let one = application::table.filter(application::id.eq(id).and(application::tenant_id.eq(of)));
    Ok(one.select(Row::as_select()).get_result(tx.conn).optional()?.map(Application::from))
}

/// One page of a tenant's applications, by name, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, of: TenantId, offset: i64, limit: i64) -> Result<(Vec<Application>, i64)> {
    let total = application::table.filter(application::tenant_id.eq(of)).count().get_result(tx.conn)?;
    let rows: Vec<Row> = application::table
        .filter(application::tenant_id.eq(of))
        .order((application::name_folded, application::id))
        .offset(offset)
        .limit(limit)
        .select(Row::as_select())
        .load(tx.conn)?;
    Ok((rows.into_iter().map(Application::from).collect(), total))
}

/// What is decided for each enabled application of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn settings(tx: &mut Tx<'_>, of: TenantId) -> Result<Vec<serde_json::Value>> {
    let enabled = application::table.filter(application::tenant_id.eq(of).and(application::enabled.eq(true)));
    let found: Vec<Document> = enabled.select(application::settings).load(tx.conn)?;
    Ok(found.into_iter().map(|Document(settings)| settings).collect())
}

/// Assigns a user or group. False when it is assigned already.
///
/// # Errors
/// When the database cannot be asked.
pub fn assign(tx: &mut Tx<'_>, to: ApplicationId, kind: &str, subject: SubjectId, now: Instant) -> Result<bool> {
    let one = application_assignment::application_id.eq(to).and(application_assignment::subject_id.eq(subject));
    let known: i64 = application_assignment::table.filter(one).count().get_result(tx.conn)?;
    if known > 0 {
        return Ok(false);
    }
    let row = (
        application_assignment::application_id.eq(to),
        application_assignment::subject_kind.eq(kind),
        application_assignment::subject_id.eq(subject),
        application_assignment::created.eq(now),
    );
    diesel::insert_into(application_assignment::table).values(row).execute(tx.conn)?;
    Ok(true)
}

/// Takes an assignment back; what kind of subject it was, or `None` when there was none.
///
/// # Errors
/// When the database cannot be asked.
pub fn unassign(tx: &mut Tx<'_>, from: ApplicationId, subject: SubjectId) -> Result<Option<String>> {
    let one = || {
        application_assignment::table
            .filter(application_assignment::application_id.eq(from).and(application_assignment::subject_id.eq(subject)))
    };
    let kind: Option<String> = one().select(application_assignment::subject_kind).get_result(tx.conn).optional()?;
    if kind.is_some() {
        diesel::delete(one()).execute(tx.conn)?;
    }
    Ok(kind)
}

/// One page of the assignments of an application, oldest first, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub fn assignments(tx: &mut Tx<'_>, of: ApplicationId, offset: i64, limit: i64) -> Result<(Vec<Assignment>, i64)> {
    let all = || application_assignment::table.filter(application_assignment::application_id.eq(of));
    let total = all().count().get_result(tx.conn)?;
    let order = (application_assignment::created, application_assignment::subject_id);
    let page = all().order(order).offset(offset).limit(limit).select(Assignment::as_select()).load(tx.conn)?;
    Ok((page, total))
}

/// Takes a user or group that is deleted out of every assignment.
///
/// # Errors
/// When the database cannot be asked.
pub fn unassign_everywhere(tx: &mut Tx<'_>, subject: SubjectId) -> Result<()> {
    diesel::delete(application_assignment::table.filter(application_assignment::subject_id.eq(subject)))
        .execute(tx.conn)?;
    Ok(())
}
