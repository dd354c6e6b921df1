//! Look-ups before anyone is known: one row each, by a credential's public part, never a list. No tenant limits them,
//! because it is they that say which tenant a request belongs to.

use diesel::prelude::*;

use super::conn::directly;
use super::connections::Row as ConnectionRow;
use super::schema::{connection, scim_token, tenant};
use super::tokens::Token;
use super::tx::Tx;
use crate::access::Connection;
use crate::error::Result;

/// The SCIM token of that public id, its connection, and the version of its tenant's schemas. A suspended tenant has none.
///
/// # Errors
/// When the database cannot be asked.
pub fn scim_token(tx: &mut Tx<'_>, id: &str) -> Result<Option<(Token, Connection, i64)>> {
    let token = scim_token::table.inner_join(connection::table.inner_join(tenant::table)).filter(scim_token::id.eq(id));
    let token = token.filter(tenant::suspended.eq(false));
    let found: QueryResult<(Token, ConnectionRow, i64)> = directly!(tx.conn, inner => {
        token.select((Token::as_select(), ConnectionRow::as_select(), tenant::schema_version)).get_result(inner)
    });
    let found = found.optional()?;
    found.map(|(token, row, version)| Ok((token, Connection::try_from(row)?, version))).transpose()
}
