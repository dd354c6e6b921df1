//! Applications that people use: who is assigned to them, and the tokens by which they ask who that is.

mod assignments;
mod tokens;
mod users;

use serde_json::{Map, Value, json};

use crate::access::{ApplicationsRead, ApplicationsWrite, PermissionType, Permit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, TenantId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::{Tx, applications as rows};
use scim_core::Invalid;

use super::Directory;
use super::settings::judge_redirects;
use super::tenants::not_platform;

pub use crate::store::application_users::EffectiveUser;
pub use assignments::{Subject, SubjectKind, assign, assignments, unassign};
pub use tokens::{MintedToken, TokenSummary, create_token, revoke_token, tokens};
pub use users::{own_users, users};

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id.
    pub id: ApplicationId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where links in mails may lead back to: exact URLs.
    pub redirect_uris: Vec<String>,
    /// Whether its tokens open anything.
    pub enabled: bool,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created: Instant,
    /// When it last changed.
    pub modified: Instant,
}

/// What an application is to be; `None` leaves what is there, or the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// Where links in mails may lead back to.
    pub redirect_uris: Option<Vec<String>>,
    /// Whether its tokens open anything.
    pub enabled: Option<bool>,
}

/// Whether a mailed link may lead there, for an application of the tenant whose tokens open something (IR-9).
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::directory) fn lead_back_to(tx: &mut Tx<'_>, tenant: TenantId, uri: &str) -> Result<bool> {
    let known = |settings: &Value| redirects(settings).any(|known| known == uri);
    Ok(rows::settings(tx, tenant)?.iter().any(known))
}

fn redirects(settings: &Value) -> impl Iterator<Item = &str> {
    settings.get("redirect_uris").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

impl Application {
    fn of_row(row: &rows::Application) -> Self {
        let uris = redirects(&row.settings).map(str::to_owned);
        Self {
            id: row.id,
            name: row.name.clone(),
            description: row.description.clone(),
            redirect_uris: uris.collect(),
            enabled: row.enabled,
            version: row.version,
            created: row.created,
            modified: row.modified,
        }
    }

    fn into_row(self, tenant: TenantId) -> rows::Application {
        rows::Application {
            id: self.id,
            tenant,
            name: self.name,
            description: self.description,
            settings: json!({ "redirect_uris": self.redirect_uris }),
            enabled: self.enabled,
            version: self.version,
            created: self.created,
            modified: self.modified,
        }
    }

    fn changed(&self, draft: Draft) -> Self {
        Self {
            name: draft.name.unwrap_or_else(|| self.name.clone()),
            description: draft.description.unwrap_or_else(|| self.description.clone()),
            redirect_uris: draft.redirect_uris.unwrap_or_else(|| self.redirect_uris.clone()),
            enabled: draft.enabled.unwrap_or(self.enabled),
            ..self.clone()
        }
    }

    fn recorded(&self) -> Map<String, Value> {
        let all = json!({ "name": self.name, "redirectUris": self.redirect_uris, "enabled": self.enabled });
        let mut all = all.as_object().cloned().unwrap_or_default();
        all.extend(self.description.as_ref().map(|text| ("description".to_owned(), json!(text))));
        all
    }
}

/// Makes an application.
///
/// # Errors
/// [`Error::Taken`] for a name in use; [`Error::Invalid`] for bad input; [`Error::Conflict`] in the tenant of the platform.
pub async fn create(
    directory: &Directory,
    permit: &Permit<ApplicationsWrite>,
    cx: &Cx,
    draft: Draft,
) -> Result<Application> {
    permit.whole()?;
    let draft = judged(draft)?;
    let blank = Application {
        id: ApplicationId::new(cx.now, directory.sources.random()?),
        name: String::new(),
        description: None,
        redirect_uris: Vec::new(),
        enabled: true,
        version: 1,
        created: cx.now,
        modified: cx.now,
    };
    let fresh = blank.changed(draft);
    if fresh.name.is_empty() {
        return Err(Error::Invalid(Invalid::value("name", "is required")));
    }
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            not_platform(tx, permit.tenant())?;
            rows::insert(tx, &fresh.clone().into_row(permit.tenant()))?;
            let diff = journal::between(&Map::new(), &fresh.recorded());
            record(tx, author(&permit, &cx), fresh.id, Operation::Create, diff)?;
            Ok(fresh.clone())
        })
        .await
}

/// The application of that id.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none.
pub async fn find(directory: &Directory, permit: &Permit<ApplicationsRead>, id: &str) -> Result<Application> {
    permit.whole()?;
    let (id, tenant) = (parse(id)?, permit.tenant());
    directory.store.read_one(move |tx| Ok(Application::of_row(&row(tx, tenant, id)?))).await
}

/// Asks that the tenant has an application of that id.
///
/// # Errors
/// [`Error::Missing`] when it has none.
pub async fn check<P: PermissionType>(directory: &Directory, permit: &Permit<P>, id: &str) -> Result<()> {
    permit.whole()?;
    let (id, tenant) = (parse(id)?, permit.tenant());
    directory.store.read_one(move |tx| row(tx, tenant, id).map(drop)).await
}

/// One page of the applications, by name, and how many there are.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(
    directory: &Directory,
    permit: &Permit<ApplicationsRead>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<Application>, i64)> {
    permit.whole()?;
    let tenant = permit.tenant();
    let (found, total) = directory.store.read(move |tx| rows::page(tx, tenant, offset, limit)).await?;
    Ok((found.iter().map(Application::of_row).collect(), total))
}

/// Changes an application.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that id; as [`create`].
pub async fn change(
    directory: &Directory,
    permit: &Permit<ApplicationsWrite>,
    cx: &Cx,
    id: &str,
    draft: Draft,
) -> Result<Application> {
    permit.whole()?;
    let (id, draft) = (parse(id)?, judged(draft)?);
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let before = Application::of_row(&row(tx, permit.tenant(), id)?);
            let mut after = before.changed(draft.clone());
            let diff = journal::between(&before.recorded(), &after.recorded());
            if diff.is_empty() {
                return Ok(before);
            }
            after.version += 1;
            after.modified = cx.now.max(before.modified.plus_micros(1));
            rows::update(tx, &after.clone().into_row(permit.tenant()))?;
            record(tx, author(&permit, &cx), id, Operation::Update, diff)?;
            Ok(after)
        })
        .await
}

/// Deletes an application with its assignments and tokens.
///
/// # Errors
/// [`Error::Missing`] when the tenant has none of that id.
pub async fn remove(directory: &Directory, permit: &Permit<ApplicationsWrite>, cx: &Cx, id: &str) -> Result<()> {
    permit.whole()?;
    let id = parse(id)?;
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let before = Application::of_row(&row(tx, permit.tenant(), id)?);
            rows::delete(tx, permit.tenant(), id)?;
            let diff = journal::between(&before.recorded(), &Map::new());
            record(tx, author(&permit, &cx), id, Operation::Delete, diff)
        })
        .await
}

fn judged(draft: Draft) -> Result<Draft> {
    let name = draft.name.map(|name| name.trim().to_owned());
    if let Some(name) = &name
        && (name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control))
    {
        return Err(Error::Invalid(Invalid::value("name", "must be 1 to 200 characters without control characters")));
    }
    if draft.description.iter().flatten().any(|text| text.chars().count() > 2000) {
        return Err(Error::Invalid(Invalid::value("description", "must have at most 2000 characters")));
    }
    draft.redirect_uris.as_deref().map_or(Ok(()), judge_redirects)?;
    Ok(Draft { name, ..draft })
}

fn parse(id: &str) -> Result<ApplicationId> {
    id.parse().map_err(|_| Error::Missing("application"))
}

fn row(tx: &mut Tx<'_>, tenant: TenantId, id: ApplicationId) -> Result<rows::Application> {
    rows::find(tx, tenant, id)?.ok_or(Error::Missing("application"))
}

fn author<'a, P: PermissionType>(permit: &'a Permit<P>, cx: &'a Cx) -> Author<'a> {
    Author { actor: permit.actor(), cx, tenant: permit.tenant() }
}

fn record(tx: &mut Tx<'_>, author: Author<'_>, id: ApplicationId, operation: Operation, diff: Diff) -> Result<()> {
    let resource_id = id.to_string();
    let change =
        Change { resource_type: "Application", resource_id, operation, diff, identity_source: None, reason: None };
    journal::record(tx, author, change)
}
