//! Where on earth addresses are, as a file says that somebody else keeps. Without one, nobody knows, and nothing is decided by
//! it. Who signs in is never told.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use maxminddb::{Reader, geoip2};

use crate::error::{Error, Result};

/// A place on earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// North of the equator.
    pub latitude: f64,
    /// East of Greenwich.
    pub longitude: f64,
}

/// Says where addresses are.
pub trait Locate: Send + Sync {
    /// The place of an address, as far as it is known.
    fn locate(&self, address: IpAddr) -> Option<Place>;
}

/// Whoever is asked where addresses are; nobody by default. Cheap to clone.
#[derive(Clone, Default)]
pub struct Locations(Option<Arc<dyn Locate>>);

impl Locations {
    /// Asks this one.
    pub fn of(locate: Arc<dyn Locate>) -> Self {
        Self(Some(locate))
    }

    /// Reads a file in the form of MaxMind (MMDB) into memory.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is none, or it is of another form.
    pub fn read(file: &Path) -> Result<Self> {
        let fault = |why: &dyn fmt::Display| Error::unavailable(format!("location_file {}: {why}", file.display()));
        let bytes = std::fs::read(file).map_err(|error| fault(&error))?;
        let reader = Reader::from_source(bytes).map_err(|error| fault(&error))?;
        Ok(Self::of(Arc::new(Mmdb(reader))))
    }

    /// Whether anybody can be asked.
    pub fn any(&self) -> bool {
        self.0.is_some()
    }

    /// The place of an address, as far as it is known.
    pub fn locate(&self, address: IpAddr) -> Option<Place> {
        self.0.as_ref()?.locate(address.to_canonical())
    }
}

struct Mmdb(Reader<Vec<u8>>);

impl Locate for Mmdb {
    fn locate(&self, address: IpAddr) -> Option<Place> {
        let city: geoip2::City<'_> = self.0.lookup(address).ok()?.decode().ok()??;
        Some(Place { latitude: city.location.latitude?, longitude: city.location.longitude? })
    }
}

/// The radius of the earth, in kilometres.
const RADIUS: f64 = 6371.0;

/// How far two places are apart, in kilometres, over a round earth (haversine).
pub fn kilometres(from: Place, to: Place) -> f64 {
    let half = |difference: f64| (difference.to_radians() / 2.0).sin().powi(2);
    let latitudes = from.latitude.to_radians().cos() * to.latitude.to_radians().cos();
    let part = half(to.latitude - from.latitude) + latitudes * half(to.longitude - from.longitude);
    2.0 * RADIUS * part.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, a number and a map as the format has them: the kind in three bits, the length in five.
    fn text(of: &str) -> Vec<u8> {
        [&[0x40 | u8::try_from(of.len()).unwrap()], of.as_bytes()].concat()
    }

    fn number(of: u16) -> Vec<u8> {
        [&[0xa2], of.to_be_bytes().as_slice()].concat()
    }

    fn map(of: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let members = of.iter().flat_map(|(name, value)| [text(name), value.clone()].concat());
        std::iter::once(0xe0 | u8::try_from(of.len()).unwrap()).chain(members).collect()
    }

    fn degrees(of: f64) -> Vec<u8> {
        [&[0x68], of.to_be_bytes().as_slice()].concat()
    }

    /// One node: the lower half of all addresses is in Berlin, the upper half nowhere.
    fn database() -> Vec<u8> {
        let tree = [0, 0, 17, 0, 0, 1];
        let place = map(&[("latitude", degrees(52.5)), ("longitude", degrees(13.4))]);
        let about = map(&[
            ("node_count", vec![0xc4, 0, 0, 0, 1]),
            ("record_size", number(24)),
            ("ip_version", number(4)),
            ("binary_format_major_version", number(2)),
            ("binary_format_minor_version", number(0)),
            ("database_type", text("Test-City")),
            ("build_epoch", vec![0x08, 0x02, 0, 0, 0, 0, 0, 0, 0, 1]),
            ("languages", vec![0x00, 0x04]),
            ("description", map(&[])),
        ]);
        [&tree, [0; 16].as_slice(), &map(&[("location", place)]), b"\xab\xcd\xefMaxMind.com", &about].concat()
    }

    #[test]
    fn s2_35_places_are_read_from_an_mmdb_file() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("places.mmdb");
        std::fs::write(&file, database()).unwrap();
        let locations = Locations::read(&file).unwrap();
        let of = |address: &str| locations.locate(address.parse().unwrap());
        assert_eq!(of("10.0.0.1"), Some(Place { latitude: 52.5, longitude: 13.4 }));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_eq!((of("203.0.113.1"), of("2001:db8::1")), (None, None));
        std::fs::write(&file, "no database").unwrap();
        assert!(Locations::read(&file).is_err() && Locations::read(&place.path().join("other")).is_err());
        assert!(!Locations::default().any());
    }

    #[test]
    fn s2_35_distances_are_those_of_the_globe() {
        let place = |latitude, longitude| Place { latitude, longitude };
        let (berlin, sydney) = (place(52.5, 13.4), place(-33.9, 151.2));
        assert!((kilometres(berlin, sydney) - 16_090.0).abs() < 60.0, "{}", kilometres(berlin, sydney));
        assert!((kilometres(place(0.0, 179.9), place(0.0, -179.9)) - 22.2).abs() < 0.1);
        assert!(kilometres(berlin, berlin) < 0.001);
    }
}
