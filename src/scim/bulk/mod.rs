//! `POST /Bulk` (RFC 7644 section 3.7): many operations in one request.
//!
//! Each operation is handed to the handler of its own endpoint, so that it is read, authorised, applied and recorded like a
//! request of its own, in a transaction of its own. Here they are only put in order, and their references resolved; how a
//! bulk request is written is [`scim_core::bulk`].

mod run;

use scim_core::bulk::envelope::{self, Read};
use serde_json::{Value, json};

use crate::error::Result;
use crate::http::{Exchange, Reply};

use super::request::Request;
use super::{answer, refusal};

/// Operations in one request, at the most.
pub(super) const MOST_OPERATIONS: usize = 1000;

/// `POST /Bulk`.
pub(super) async fn run(exchange: Exchange) -> Result<Reply> {
    let request = Request::new(exchange);
    let bulk = match envelope::read(request.body()?, request.policy(), MOST_OPERATIONS)? {
        Read::Bulk(bulk) => bulk,
        Read::TooMany => {
            let detail = format!("the request has more than {MOST_OPERATIONS} operations");
            return Ok(refusal::error(413, None, &detail, &request.cx().request_id));
        }
    };
    let operations = bulk.operations.len();
    // The request itself was let in for one.
    let more = operations.saturating_sub(1);
    request.services().rates.charge(&request.connection()?.connection, more, request.cx().now);
    let results = run::all(&request, bulk).await;
    request.note().did(format!("ran {} of {operations} operations", results.len()));
    let message = json!({
        "schemas": [scim_core::message::BULK_RESPONSE],
        "Operations": Value::Array(results),
    });
    answer::json(&request, 200, &message)
}
