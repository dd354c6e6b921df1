//! What a cursor of a list says (RFC 9865), as bytes and back: where its page begins, how many resources it holds, and when
//! the cursor was made. Whoever hands cursors out seals the bytes; nothing here is secret or signed.

use crate::evaluate::{Number, SortValue};

/// The form below. Another number is another form.
const VERSION: u8 = 1;

/// What a cursor says.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The size of the pages.
    pub count: u64,
    /// When the cursor was made: microseconds since 1970 began in UTC.
    pub issued: i64,
    /// On which side of the place the page lies.
    pub side: Side,
    /// Where the page begins or ends.
    pub place: Place,
}

/// On which side of a place a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Behind it, in the order of the list.
    After,
    /// Before it.
    Before,
}

/// A place in a sorted list, whether or not a resource stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// What the resource there is sorted by, if it has it and anything is sorted by.
    pub key: Option<SortValue>,
    /// The resource's number in creation order, which decides between equal keys.
    pub number: i64,
}

impl Cursor {
    /// The cursor as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let side = match self.side {
            Side::After => 0,
            Side::Before => 1,
        };
        let mut bytes = vec![VERSION, side];
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.issued.to_be_bytes());
        bytes.extend(self.place.number.to_be_bytes());
        match &self.place.key {
            None => bytes.push(0),
            Some(SortValue::Boolean(value)) => bytes.extend([1, u8::from(*value)]),
            Some(SortValue::Number(Number::Integer(value))) => put(&mut bytes, 2, &value.to_be_bytes()),
            Some(SortValue::Number(Number::Decimal(value))) => put(&mut bytes, 3, &value.to_be_bytes()),
            Some(SortValue::Instant(value)) => put(&mut bytes, 4, &value.to_be_bytes()),
            Some(SortValue::Text(text)) => put(&mut bytes, 5, text.as_bytes()),
        }
        bytes
    }

    /// Reads what [`Self::encode`] made. `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let ([VERSION, side], rest) = bytes.split_first_chunk()? else { return None };
        let (count, rest) = rest.split_first_chunk()?;
        let (issued, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let side = match side {
            0 => Side::After,
            1 => Side::Before,
            _ => return None,
        };
        Some(Self {
            count: u64::from_be_bytes(*count),
            issued: i64::from_be_bytes(*issued),
            side,
            place: Place { key: key(rest)?, number: i64::from_be_bytes(*number) },
        })
    }
}

fn put(bytes: &mut Vec<u8>, kind: u8, value: &[u8]) {
    bytes.push(kind);
    bytes.extend(value);
}

/// The key at the end of a cursor; the outer `None` when there is none that could have been written.
fn key(bytes: &[u8]) -> Option<Option<SortValue>> {
    let (kind, value) = bytes.split_first()?;
    let whole = || Some(i64::from_be_bytes(value.try_into().ok()?));
    Some(Some(match (kind, value) {
        (0, []) => return Some(None),
        (1, [value @ (0 | 1)]) => SortValue::Boolean(*value == 1),
        (2, _) => SortValue::Number(Number::Integer(whole()?)),
        (3, _) => match Number::from_float(f64::from_be_bytes(value.try_into().ok()?))? {
            decimal @ Number::Decimal(_) => SortValue::Number(decimal),
            Number::Integer(_) => return None,
        },
        (4, _) => SortValue::Instant(whole()?),
        (5, _) => SortValue::Text(String::from_utf8(value.to_vec()).ok()?),
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys() -> impl Strategy<Value = Option<SortValue>> {
        prop_oneof![
            Just(None),
            any::<bool>().prop_map(|value| Some(SortValue::Boolean(value))),
            any::<i64>().prop_map(|value| Some(SortValue::Number(Number::Integer(value)))),
            any::<f64>().prop_map(|value| Number::from_float(value).map(SortValue::Number)),
            any::<i64>().prop_map(|value| Some(SortValue::Instant(value))),
            any::<String>().prop_map(|text| Some(SortValue::Text(text))),
        ]
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_bytes(
            (count, issued, number) in any::<(u64, i64, i64)>(), before in any::<bool>(), key in keys(),
        ) {
            let side = if before { Side::Before } else { Side::After };
            let cursor = Cursor { count, issued, side, place: Place { key, number } };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn whatever_can_be_read_could_have_been_written(
            head in proptest::collection::vec(any::<u8>(), 24), side in 0..3_u8, kind in 0..7_u8,
            value in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            let bytes = [vec![VERSION, side], head, vec![kind], value].concat();
            if let Some(cursor) = Cursor::decode(&bytes) {
                prop_assert_eq!(cursor.encode(), bytes);
            }
        }
    }

    #[test]
    fn what_is_cut_or_of_another_form_is_no_cursor() {
        let place = Place { key: Some(SortValue::Instant(7)), number: 9 };
        let bytes = Cursor { count: 2, issued: 3, side: Side::After, place }.encode();
        assert!(Cursor::decode(&bytes).is_some());
        for length in 0..bytes.len() {
            assert_eq!(Cursor::decode(&bytes[..length]), None, "{length} bytes");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Cursor::decode(&longer), None);
        let mut other = bytes;
        other[0] = VERSION + 1;
        assert_eq!(Cursor::decode(&other), None);
    }
}
