//! `xsd:dateTime`: checking and comparing points in time (RFC 7643 section 2.3.5).
//!
//! Values are kept as clients send them; this only says what they mean.

/// Microseconds since 1970 began in UTC; `None` when the text is no `xsd:dateTime`, or lies beyond 290,000 years.
/// A missing time zone is taken as UTC. Any number of fraction digits is accepted, those after the sixth do not count.
pub fn microseconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let (negative, date) = match date.strip_prefix('-') {
        Some(date) => (true, date),
        None => (false, date),
    };
    let days = days(date, negative)?;
    let (time, offset_minutes) = split_zone(time)?;
    let micros = time_of_day(time)?;
    let minutes = days.checked_mul(1440)?.checked_sub(offset_minutes)?;
    minutes.checked_mul(60_000_000)?.checked_add(micros)
}

/// A run of exactly that many digits.
fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Days since 1970-01-01 of the proleptic Gregorian calendar.
fn days(date: &str, negative: bool) -> Option<i64> {
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let long = year.len() > 4;
    if parts.next().is_some() || year.len() < 4 || year.len() > 6 || long && year.starts_with('0') {
        return None;
    }
    let year = digits(year, year.len())? * if negative { -1 } else { 1 };
    let (month, day) = (digits(month, 2)?, digits(day, 2)?);
    let valid = year != 0 && (1..=12).contains(&month) && (1..=month_length(year, month)).contains(&day);
    valid.then(|| days_from_civil(year, month, day))
}

fn month_length(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Years are counted from March, so that the leap day is the last of its year, in eras of 400 years.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The time without its zone, and the zone's minutes east of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = time.find(['+', '-']) else {
        return Some((time, 0));
    };
    let (time, zone) = time.split_at_checked(at)?;
    let (sign, zone) = zone.split_at_checked(1)?;
    let (hours, minutes) = zone.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let valid = minutes < 60 && (hours < 14 || hours == 14 && minutes == 0);
    let total = hours * 60 + minutes;
    valid.then_some((time, if sign == "-" { -total } else { total }))
}

/// Microseconds since midnight. 24:00:00 is the next midnight.
fn time_of_day(time: &str) -> Option<i64> {
    let (whole, fraction) = match time.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (time, None),
    };
    let mut parts = whole.split(':');
    let (hours, minutes) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let seconds = digits(parts.next()?, 2)?;
    let micros = fraction.map_or(Some(0), fraction_micros)?;
    let midnight = hours == 24 && minutes == 0 && seconds == 0 && micros == 0;
    let valid = parts.next().is_none() && (hours < 24 || midnight) && minutes < 60 && seconds < 60;
    valid.then_some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros)
}

fn fraction_micros(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(padded.fold(0, |total, digit| total * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SecondsFormat};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn valid_ones_mean_what_chrono_says() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2011-05-13T06:42:34+02:00",
            "2015-10-10T14:38:21.8617979-07:00",
            "2024-02-29T23:59:59.123456789Z",
            "1969-12-31T23:59:59.5Z",
            "0001-01-01T00:00:00-14:00",
        ] {
            let expected = DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
            assert_eq!(microseconds(text), Some(expected), "{text}");
        }
        assert_eq!(microseconds("2020-01-01T24:00:00Z"), microseconds("2020-01-02T00:00:00Z"));
        assert_eq!(microseconds("2020-01-01T01:00:00"), microseconds("2020-01-01T01:00:00Z"));
        assert!(microseconds("-0044-03-15T12:00:00Z").unwrap() < microseconds("0001-01-01T00:00:00Z").unwrap());
        assert!(microseconds("12024-01-01T00:00:00Z").is_some());
    }

    #[test]
    fn others_are_refused() {
        for text in [
            "",
            "T",
            "2020-01-01",
            "04:42:34Z",
            "2020-01-01 04:42:34Z",
            "2020-01-01T04:42Z",
            "2020-13-01T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2020-01-01T24:00:01Z",
            "2020-01-01T00:60:00Z",
            "2020-01-01T00:00:60Z",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00+0200",
            "2020-01-01T00:00:00+15:00",
            "2020-01-01T00:00:00z",
            "0000-01-01T00:00:00Z",
            "02020-01-01T00:00:00Z",
            "999999999-01-01T00:00:00Z",
            "2020-01-01T00:00:00ZZ",
            "2020-1-1T00:00:00Z",
            "+2020-01-01T00:00:00Z",
            "2020-01-01T00:00:00é",
        ] {
            assert_eq!(microseconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_of_four_digit_years_is_read_back(micros in -62_135_596_800_000_000i64..253_402_300_800_000_000) {
            let text = DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(microseconds(&text), Some(micros));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), shaped in "-?[0-9]{1,12}-[0-9]{2}-[0-9]{2}T[0-9:.]{1,12}[Z+-]?[0-9:é]{0,6}") {
            let _ = (microseconds(&text), microseconds(&shaped));
        }
    }
}
