//! Reports that are long, piece by piece for an export.

use crate::access::{Permit, ReportsRead};
use crate::admin::v1::export::{Piece, Walk};
use crate::admin::v1::users::{self, UserListItem};
use crate::context::Cx;
use crate::directory::Directory;
use crate::directory::reports::{self, Behind, Question, Reach};
use crate::error::Result;

use super::shown::MfaUnitReport;
use super::tenants::MfaTenantReport;

/// Users in one piece.
const USERS: u32 = 2_000;
/// Org units in one piece, and tenants: each is counted.
const COUNTED: u32 = 100;

/// Users by what they lack.
pub(super) struct Users {
    pub(super) directory: Directory,
    pub(super) permit: Permit<ReportsRead>,
    pub(super) cx: Cx,
    pub(super) question: Question,
}

impl Walk for Users {
    type Row = UserListItem;
    type Place = Behind;

    async fn piece(&self, after: Option<Behind>) -> Result<Piece<UserListItem, Behind>> {
        let Self { directory, permit, cx, question } = self;
        let page = reports::users(directory, permit, cx, question, (after, USERS)).await?;
        let items = page.items.into_iter().map(|listed| users::item(listed, false)).collect();
        Ok(Piece { items, next: page.next })
    }
}

/// Org units in numbers.
pub(super) struct Units {
    pub(super) directory: Directory,
    pub(super) permit: Permit<ReportsRead>,
    pub(super) cx: Cx,
}

impl Walk for Units {
    type Row = MfaUnitReport;
    type Place = String;

    async fn piece(&self, after: Option<String>) -> Result<Piece<MfaUnitReport, String>> {
        let Self { directory, permit, cx } = self;
        let which = (after.unwrap_or_default(), i64::from(COUNTED));
        let (found, next) = reports::by_unit_behind(directory, permit, cx, which).await?;
        Ok(Piece { items: found.into_iter().map(MfaUnitReport::of).collect(), next })
    }
}

/// Tenants in numbers.
pub(super) struct Tenants {
    pub(super) directory: Directory,
    pub(super) reach: Reach,
    pub(super) cx: Cx,
}

impl Walk for Tenants {
    type Row = MfaTenantReport;
    type Place = String;

    async fn piece(&self, after: Option<String>) -> Result<Piece<MfaTenantReport, String>> {
        let Self { directory, reach, cx } = self;
        let (found, next) = reports::by_tenant(directory, reach, cx, (after.unwrap_or_default(), COUNTED)).await?;
        Ok(Piece { items: found.into_iter().map(MfaTenantReport::of).collect(), next })
    }
}
