//! What the figures were measured on.

use std::fs;
use std::path::Path;

use crate::Options;

/// Names and values.
pub(crate) fn facts(options: &Options, directory: &Path) -> Vec<(String, String)> {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let facts = [
        ("users", options.users.to_string()),
        ("clients", options.clients.to_string()),
        ("processor", format!("{cores} x {}", field("/proc/cpuinfo", "model name"))),
        ("memory", field("/proc/meminfo", "MemTotal")),
        ("kernel", read("/proc/sys/kernel/osrelease")),
        ("file system", file_system(directory)),
        ("SQLite", rusqlite::version().to_owned()),
        ("load before", read("/proc/loadavg")),
    ];
    facts.map(|(name, value)| (name.to_owned(), value)).into()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

/// The value of the first line `name: value`.
fn field(path: &str, name: &str) -> String {
    let text = read(path);
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let value = fields.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim()).next();
    value.unwrap_or("unknown").to_owned()
}

/// The kind of the file system that a folder is on.
fn file_system(directory: &Path) -> String {
    let mounts = read("/proc/mounts");
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounted.filter(|(place, _)| directory.starts_with(place));
    let nearest = holding.max_by_key(|(place, _)| place.len());
    nearest.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_of_proc_is_proc() {
        assert_eq!(file_system(Path::new("/proc/self")), "proc");
    }
}
