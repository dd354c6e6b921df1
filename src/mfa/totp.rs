//! Codes of an authenticator (RFC 6238): SHA-1, six digits, steps of 30 seconds, which every authenticator knows. A code of
//! the step before or after is taken too, and none twice. Pure: the seed and the time are handed in.

use qrcode::render::svg;
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Builder, Totp};

use crate::clock::Instant;
use crate::error::{Error, Result};

/// Bytes of a seed, as RFC 4226 section 4 recommends.
pub const SEED_BYTES: usize = 20;
/// Pixels of a module of the QR code as PNG.
const SCALE: usize = 8;
/// Modules of quiet zone round it (ISO/IEC 18004).
const QUIET: usize = 4;

/// What people need to set an authenticator up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The seed in base32, to be typed.
    pub secret: String,
    /// The same as an `otpauth` URI.
    pub uri: String,
}

/// The card of a seed. A colon would end the account's name, and is left out.
///
/// # Errors
/// [`Error::Internal`] when the seed is none.
pub fn card(seed: &[u8], issuer: &str, account: &str) -> Result<Card> {
    let plain = |text: &str| text.replace(':', " ");
    let totp = Builder::new()
        .with_secret(seed)
        .with_issuer(Some(plain(issuer)))
        .with_account_name(plain(account))
        .build()
        .map_err(|error| Error::internal(format!("{error:?}")))?;
    let uri = totp.to_url().map_err(|error| Error::internal(format!("{error:?}")))?;
    Ok(Card { secret: totp.secret().to_base32(), uri })
}

/// The step of the code, if it is one of now and of a later step than the last.
///
/// # Errors
/// [`Error::Internal`] when the seed is none.
pub fn matched_step(seed: &[u8], code: &str, last: Option<i64>, now: Instant) -> Result<Option<i64>> {
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let time = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or_default();
    let step = totp(seed)?.check(code, time).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last.is_none_or(|last| *step > last)))
}

fn totp(seed: &[u8]) -> Result<Totp> {
    Builder::new().with_secret(seed).build().map_err(|error| Error::internal(format!("{error:?}")))
}

/// A text as a QR code in SVG.
///
/// # Errors
/// [`Error::Internal`] when it is too long for one.
pub fn svg(text: &str) -> Result<String> {
    Ok(code(text)?.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// The same as a PNG.
///
/// # Errors
/// As [`svg()`].
pub fn png(text: &str) -> Result<Vec<u8>> {
    let code = code(text)?;
    let (modules, colors) = (code.width(), code.to_colors());
    let side = (modules + 2 * QUIET) * SCALE;
    let dark = |x: usize, y: usize| {
        let (x, y) = ((x / SCALE).checked_sub(QUIET)?, (y / SCALE).checked_sub(QUIET)?);
        let inside = x < modules && y < modules;
        inside.then(|| colors.get(y * modules + x)).flatten().map(|color| *color == Color::Dark)
    };
    let pixels: Vec<u8> =
        (0..side * side).map(|at| if dark(at % side, at / side) == Some(true) { 0 } else { u8::MAX }).collect();
    let mut file = Vec::new();
    let width = u32::try_from(side).map_err(Error::internal)?;
    let mut encoder = png::Encoder::new(&mut file, width, width);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(Error::internal)?;
    writer.write_image_data(&pixels).map_err(Error::internal)?;
    writer.finish().map_err(Error::internal)?;
    Ok(file)
}

fn code(text: &str) -> Result<QrCode> {
    QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    /// The SHA-1 rows of RFC 6238, appendix B, in their last six digits.
    #[test]
    fn s0_11_codes_are_those_of_rfc_6238() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(matched_step(SEED, code, None, at(seconds)).unwrap(), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn s0_11_the_clock_may_differ_by_a_step_and_no_code_is_taken_twice() {
        let step = |seconds, last| matched_step(SEED, "005924", last, at(seconds)).unwrap();
        let of = 1_234_567_890 / 30;
        assert_eq!(step((of - 1) * 30, None), Some(of));
        assert_eq!(step((of + 1) * 30 + 29, None), Some(of));
        assert_eq!(step((of + 2) * 30, None), None);
        assert_eq!(step((of - 1) * 30 - 1, None), None);
        assert_eq!(step(of * 30, Some(of - 1)), Some(of));
        assert_eq!(step(of * 30, Some(of)), None);
        for wrong in ["", "5924", "0059241", "00592a", " 05924", "٠٠٥٩٢٤"] {
            assert_eq!(matched_step(SEED, wrong, None, at(1_234_567_890)).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn s0_11_a_card_can_be_typed_scanned_and_seen() {
        let card = card(SEED, "roll:call", "a:b@example.org").unwrap();
        assert_eq!(card.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(card.uri.starts_with("otpauth://totp/roll%20call:a%20b%40example.org?secret=GEZDG"), "{}", card.uri);
        assert!(card.uri.contains("issuer=roll%20call"), "{}", card.uri);
        assert!(svg(&card.uri).unwrap().contains("<svg"));
        let png = png(&card.uri).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels[..SCALE].iter().all(|pixel| *pixel == u8::MAX), "the quiet zone is white");
        let corner = reader.info().width as usize * QUIET * SCALE + QUIET * SCALE;
        assert_eq!(pixels[corner], 0, "a finder pattern begins at the corner");
    }
}
