//! The bytes of cursors: no panic, and whatever can be read is what would be written. Run with
//! `cargo +nightly fuzz run cursor -- -max_len=256`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::cursor::Cursor;

fuzz_target!(|bytes: &[u8]| {
    if let Some(cursor) = Cursor::decode(bytes) {
        assert_eq!(cursor.encode(), bytes, "{cursor:?}");
    }
});
