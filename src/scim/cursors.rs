//! Cursors of lists (RFC 9865). No server keeps one: a cursor is the place where its page begins, sealed, and bound to who
//! asks and to every other parameter of the query. It grants nothing: each page is asked for with a permit like the first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scim_core::cursor::{Cursor, Place, Side};
use scim_core::message::{SearchRequest, SortOrder};
use scim_core::{Invalid, Kind};
use sha2::{Digest as _, Sha256};

use crate::access::ConnectionActor;
use crate::clock::Instant;
use crate::directory::list::Start;
use crate::error::{Error, Result};
use crate::sealing::{Key, NONCE_BYTES};

/// How long a cursor is valid, in seconds.
pub(super) const TIMEOUT: u64 = 3600;

/// No cursor of ours is longer, in characters.
const LONGEST: usize = 1024;

/// What makes and reads the cursors of one query.
pub(super) struct Cursors<'a> {
    key: &'a Key,
    bond: [u8; 32],
    count: u64,
    now: Instant,
}

impl<'a> Cursors<'a> {
    /// The cursors of a query on a resource type with pages of this size.
    pub(super) fn new(
        key: &'a Key,
        actor: &ConnectionActor,
        resource_type: &str,
        search: &SearchRequest,
        count: u64,
        now: Instant,
    ) -> Self {
        Self { key, bond: bond(actor, resource_type, search), count, now }
    }

    /// Where the page of a cursor begins; an empty one is the first page's.
    ///
    /// # Errors
    /// `expiredCursor` for one that is too old, `invalidCount` for one of pages of another size, `invalidCursor` for any
    /// other that is not one of this query's. Why it is not, the error does not tell.
    pub(super) fn start(&self, text: &str) -> Result<Start> {
        if text.is_empty() {
            return Ok(Start::Beginning);
        }
        let refused = |kind, why| Err(Error::Invalid(Invalid::at(kind, "cursor", why)));
        let Some(cursor) = self.open(text) else {
            return refused(Kind::InvalidCursor, "is not one of this query: begin again without it");
        };
        let age = self.now.micros().saturating_sub(cursor.issued) / 1_000_000;
        if u64::try_from(age).is_ok_and(|age| age >= TIMEOUT) {
            return refused(Kind::ExpiredCursor, "is too old: begin again without it");
        }
        if cursor.count != self.count {
            let why = "must be the one that the first page was asked for with";
            return Err(Error::Invalid(Invalid::at(Kind::InvalidCount, "count", why)));
        }
        Ok(match cursor.side {
            Side::After => Start::After(cursor.place),
            Side::Before => Start::Before(cursor.place),
        })
    }

    fn open(&self, text: &str) -> Option<Cursor> {
        let text = Some(text).filter(|text| text.len() <= LONGEST)?;
        Cursor::decode(&self.key.open(&self.bond, &URL_SAFE_NO_PAD.decode(text).ok()?)?)
    }

    /// The cursor of the page on that side of a place.
    pub(super) fn text(&self, nonce: [u8; NONCE_BYTES], side: Side, place: Place) -> String {
        let cursor = Cursor { count: self.count, issued: self.now.micros(), side, place };
        URL_SAFE_NO_PAD.encode(self.key.seal(nonce, &self.bond, &cursor.encode()))
    }
}

/// What a cursor is bound to: tenant, connection, what it may see, and the query but for its page.
fn bond(actor: &ConnectionActor, resource_type: &str, search: &SearchRequest) -> [u8; 32] {
    let connection = &actor.connection;
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    for id in [connection.tenant.uuid(), connection.id.uuid()] {
        add(id.as_bytes());
    }
    for word in [connection.profile.as_str(), connection.reach.as_str(), actor.scope.as_str(), resource_type] {
        add(word.as_bytes());
    }
    for text in [&search.filter, &search.sort_by] {
        add(if text.is_some() { b"given" } else { b"" });
        add(text.as_deref().unwrap_or_default().as_bytes());
    }
    // An order without `sortBy` orders nothing.
    add(if search.sort_order == Some(SortOrder::Descending) { b"descending" } else { b"ascending" });
    for names in [&search.attributes, &search.excluded_attributes] {
        let names = names.as_deref().unwrap_or_default();
        add(&(names.len() as u64).to_be_bytes());
        for name in names {
            add(name.as_bytes());
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Adoption, Connection, Profile, Reach, TokenScope, Types};
    use crate::ids::{ConnectionId, TenantId};
    use proptest::prelude::*;
    use scim_core::evaluate::SortValue;

    const NOW: Instant = Instant::from_micros(1_800_000_000_000_000);

    fn actor() -> ConnectionActor {
        let (id, tenant) = (ConnectionId::new(NOW, [1; 10]), TenantId::new(NOW, [2; 10]));
        let (profile, reach, adoption) = (Profile::Tolerant, Reach::All, Adoption::Link);
        let connection = Connection { id, tenant, name: "hr".to_owned(), profile, reach, adoption, rate: None };
        let types = Types::new(0, scim_core::schema::builtin::registry()).unwrap().into();
        ConnectionActor { connection, token: "t".to_owned(), scope: TokenScope::Write, types }
    }

    fn search() -> SearchRequest {
        SearchRequest { filter: Some("userName pr".to_owned()), ..SearchRequest::default() }
    }

    fn place() -> Place {
        Place { key: Some(SortValue::Text("ann".to_owned())), number: 7 }
    }

    fn made(key: &Key) -> String {
        Cursors::new(key, &actor(), "User", &search(), 10, NOW).text([5; NONCE_BYTES], Side::After, place())
    }

    fn kind(outcome: Result<Start>) -> Kind {
        match outcome {
            Err(Error::Invalid(invalid)) => invalid.kind,
            other => panic!("{other:?}"),
        }
    }

    /// Reads a cursor in a query that differs from the one it was made for.
    fn read_as(change: impl Fn(&mut ConnectionActor, &mut SearchRequest, &mut String)) -> Result<Start> {
        let key = Key::new([9; 32]);
        let (mut actor, mut search, mut resource_type) = (actor(), search(), "User".to_owned());
        change(&mut actor, &mut search, &mut resource_type);
        Cursors::new(&key, &actor, &resource_type, &search, 10, NOW).start(&made(&key))
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_and_is_made_of_unreserved_characters() {
        assert_eq!(read_as(|_, _, _| ()).unwrap(), Start::After(place()));
        let text = made(&Key::new([9; 32]));
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)), "{text}");
        let key = Key::new([9; 32]);
        let first = Cursors::new(&key, &actor(), "User", &search(), 10, NOW).start("");
        assert_eq!(first.unwrap(), Start::Beginning);
    }

    #[test]
    fn a_cursor_of_another_query_or_client_is_none() {
        type Change = fn(&mut ConnectionActor, &mut SearchRequest, &mut String);
        let changes: [Change; 13] = [
            |actor, _, _| actor.connection.tenant = TenantId::new(NOW, [3; 10]),
            |actor, _, _| actor.connection.id = ConnectionId::new(NOW, [3; 10]),
            |actor, _, _| actor.connection.profile = Profile::Rfc,
            |actor, _, _| actor.connection.reach = Reach::Own,
            |actor, _, _| actor.scope = TokenScope::Read,
            |_, _, resource_type| *resource_type = "Group".to_owned(),
            |_, search, _| search.filter = Some("userName eq \"a\"".to_owned()),
            |_, search, _| search.filter = None,
            |_, search, _| search.sort_by = Some("userName".to_owned()),
            |_, search, _| search.sort_order = Some(SortOrder::Descending),
            |_, search, _| search.attributes = Some(vec!["userName".to_owned()]),
            |_, search, _| search.excluded_attributes = Some(vec!["userName".to_owned()]),
            |_, search, _| *search = SearchRequest { sort_by: search.filter.take(), ..SearchRequest::default() },
        ];
        for (at, change) in changes.into_iter().enumerate() {
            assert_eq!(kind(read_as(change)), Kind::InvalidCursor, "change {at}");
        }
        // What only pages differ in is no other query.
        assert!(read_as(|_, search, _| search.cursor = Some("x".to_owned())).is_ok());
        assert!(read_as(|_, search, _| search.sort_order = Some(SortOrder::Ascending)).is_ok());
    }

    #[test]
    fn a_cursor_lives_for_its_time() {
        let (key, actor, search) = (Key::new([9; 32]), actor(), search());
        let after =
            |seconds| Cursors::new(&key, &actor, "User", &search, 10, NOW.plus_seconds(seconds)).start(&made(&key));
        let timeout = i64::try_from(TIMEOUT).unwrap();
        assert!(after(timeout - 1).is_ok());
        assert_eq!(kind(after(timeout)), Kind::ExpiredCursor);
        // Another process's clock may be behind.
        assert!(after(-30).is_ok());
    }

    #[test]
    fn pages_keep_their_size() {
        let (key, actor, search) = (Key::new([9; 32]), actor(), search());
        let other = Cursors::new(&key, &actor, "User", &search, 11, NOW).start(&made(&key));
        assert_eq!(kind(other), Kind::InvalidCount);
    }

    #[test]
    fn what_is_forged_or_cut_is_no_cursor() {
        let (key, actor, search) = (Key::new([9; 32]), actor(), search());
        let cursors = Cursors::new(&key, &actor, "User", &search, 10, NOW);
        let text = made(&key);
        let told = |text: &str| cursors.start(text).unwrap_err().to_string();
        let expected = told("no-such-cursor");
        for at in 1..text.len() {
            assert_eq!(told(text.split_at(at).0), expected, "cut at {at}");
        }
        for at in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(told(&String::from_utf8(other).unwrap()), expected, "changed at {at}");
        }
        for other in [made(&Key::new([8; 32])), format!("{text}="), format!(" {text}"), "A".repeat(5000)] {
            assert_eq!(told(&other), expected);
        }
    }

    #[test]
    fn the_longest_cursor_is_not_too_long() {
        let key = Key::new([9; 32]);
        let (actor, search) = (actor(), search());
        let cursors = Cursors::new(&key, &actor, "User", &search, u64::MAX, NOW);
        let place = Place { key: Some(SortValue::Text("x".repeat(512))), number: i64::MIN };
        let text = cursors.text([5; NONCE_BYTES], Side::Before, place.clone());
        assert_eq!(cursors.start(&text).unwrap(), Start::Before(place));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reading(text in ".*") {
            let (key, actor, search) = (Key::new([9; 32]), actor(), search());
            let start = Cursors::new(&key, &actor, "User", &search, 10, NOW).start(&text);
            prop_assert_eq!(start.is_ok(), text.is_empty());
        }
    }
}
