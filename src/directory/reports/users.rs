//! The users themselves, in pages: by what they have, those with nothing first, then in the order in which they were made. A
//! page goes on behind the last user of the one before, wherever in the list that is, by an index.

use crate::access::{Permit, ReportsRead, Span, UsersRead, decide};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::Directory;
use crate::directory::people::{Listed, listed};
use crate::error::Result;
use crate::store::Tx;
use crate::store::factors::Marks;
use crate::store::holders::Holding;
use crate::store::people::{self as rows, Filter, Having};

use super::Question;

/// Behind which user a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// What the user has.
    pub marks: i32,
    /// The user's number.
    pub seq: i64,
}

/// Before all users.
const START: Behind = Behind { marks: i32::MIN, seq: i64::MIN };

/// A page of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The users.
    pub items: Vec<Listed>,
    /// Behind which the next page begins; `None` when there is none.
    pub next: Option<Behind>,
    /// How many there are on all pages; told with the first one.
    pub total: Option<u64>,
}

/// One page of the users of whom a question holds. Whoever asks must see users too, and sees those whom both permissions
/// reach.
///
/// # Errors
/// [`crate::error::Error::LacksScope`] without the permission to see any of them; [`crate::error::Error::Missing`] for an org
/// unit out of reach; [`crate::error::Error::TooMany`] when it takes too long.
pub async fn users(
    directory: &Directory,
    permit: &Permit<ReportsRead>,
    cx: &Cx,
    question: &Question,
    (after, limit): (Option<Behind>, u32),
) -> Result<Page> {
    let seeing = decide::<UsersRead>(permit.actor(), permit.place())?;
    let permit = permit.clone().within(&seeing)?;
    let (span, question, now) = (permit.span(), question.clone(), cx.now);
    let work = move |tx: &mut Tx<'_>| {
        let filter = question.filter(tx, &permit)?;
        page(tx, (&span, now), &filter, (after, limit))
    };
    directory.store.scan(work).await
}

fn page(
    tx: &mut Tx<'_>,
    (span, now): (&Span, Instant),
    filter: &Filter,
    (after, limit): (Option<Behind>, u32),
) -> Result<Page> {
    // Where few are meant, it is told first which marks they have: to look for those of each would find them again each time.
    let in_units = matches!(span, Span::Within { units, .. } if !units.is_empty());
    let narrowed = in_units || filter.unit.is_some() || !filter.holdings.is_empty();
    let counted = match after {
        Some(_) if !narrowed => None,
        _ => Some(rows::by_marks(tx, span, filter, now)?),
    };
    let (start, all) = (after.unwrap_or(START), usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1));
    let mut found = Vec::new();
    for (marks, holding) in each(filter.factors.as_deref().unwrap_or_default()) {
        let nobody = counted.as_ref().is_some_and(|counted| counted.iter().all(|(known, _)| *known != marks));
        if marks.0 < start.marks || nobody || found.len() >= all {
            continue;
        }
        let behind = if marks.0 == start.marks { start.seq } else { START.seq };
        let holdings = filter.holdings.iter().cloned().chain(holding).collect();
        let own = Filter { factors: None, holdings, ..filter.clone() };
        let rest = i64::try_from(all - found.len()).unwrap_or(i64::MAX);
        let some = rows::marked(tx, (span, now), &own, (marks, behind), rest)?;
        found.extend(some.into_iter().map(|person| (marks, person)));
    }
    let more = found.len() >= all;
    found.truncate(all.saturating_sub(1));
    let next = found.last().map(|(marks, person)| Behind { marks: marks.0, seq: person.seq }).filter(|_| more);
    let total = counted.filter(|_| after.is_none());
    let total = total.map(|counted| counted.iter().map(|(_, amount)| u64::try_from(*amount).unwrap_or_default()).sum());
    let people = found.into_iter().map(|(_, person)| person).collect();
    Ok(Page { items: listed(tx, people, now)?, next, total })
}

/// The marks that are meant, in order, each with what those must hold who have it.
fn each(any: &[Having]) -> impl Iterator<Item = (Marks, Option<Holding>)> {
    Marks::every().filter_map(move |marks| {
        let mut of = any.iter().filter(|having| having.marks.contains(&marks)).map(|having| &having.holding);
        let first = of.next()?;
        // Who is meant for another reason too need not hold anything.
        let holding = if of.any(Option::is_none) { None } else { first.clone() };
        Some((marks, holding))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TenantId;

    #[test]
    fn s0_19_who_is_meant_for_two_reasons_is_meant_once() {
        let tenant = TenantId::from(uuid::Uuid::nil());
        let some = |marks: &[i32]| marks.iter().map(|marks| Marks(*marks)).collect::<Vec<_>>();
        let holding = Holding { tenant, roles: vec!["helpdesk".to_owned()], over: None };
        let weak = Having { marks: some(&[2, 18]), holding: Some(holding.clone()) };
        let without_codes = Having { marks: some(&[1, 2]), holding: None };
        let expected = [(Marks(1), None), (Marks(2), None), (Marks(18), Some(holding))];
        assert_eq!(each(&[weak.clone(), without_codes.clone()]).collect::<Vec<_>>(), expected);
        assert_eq!(each(&[without_codes, weak]).collect::<Vec<_>>(), expected);
    }
}
