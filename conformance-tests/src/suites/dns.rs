//! A name server for suites: it answers with the TXT records that stand in a folder, each in a file of the name, and knows
//! nothing else. It listens on this machine only.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::thread;

const HEADER: usize = 12;
const NO_SUCH_NAME: u8 = 3;

/// Starts the server; gives its address. It ends with the process.
///
/// # Errors
/// There is no free port, or the folder cannot be made.
pub(crate) fn start(records: &Path) -> Result<SocketAddr, String> {
    fs::create_dir_all(records).map_err(|error| format!("{}: {error}", records.display()))?;
    let fault = |error: std::io::Error| format!("the name server: {error}");
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(fault)?;
    let address = socket.local_addr().map_err(fault)?;
    let records = records.to_path_buf();
    thread::spawn(move || serve(&socket, &records));
    Ok(address)
}

fn serve(socket: &UdpSocket, records: &Path) {
    let mut buffer = [0; 1024];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let answer = buffer.get(..length).and_then(|question| answer(question, |name| find(records, name)));
        if let Some(answer) = answer {
            // Who does not hear it asks again.
            drop(socket.send_to(&answer, from));
        }
    }
}

fn find(records: &Path, name: &str) -> Option<String> {
    let file: PathBuf = records.join(name);
    // A name is one segment of a path.
    (!name.contains('/')).then(|| fs::read_to_string(file).ok()).flatten()
}

/// The answer to a question about one name (RFC 1035, section 4); `None` to what is no question.
fn answer(question: &[u8], find: impl FnOnce(&str) -> Option<String>) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (HEADER, Vec::new());
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        labels.push(std::str::from_utf8(question.get(at..at + length)?).ok()?.to_ascii_lowercase());
        at += length;
    }
    let asked = question.get(HEADER..at + 4)?;
    let found = find(&labels.join(".")).filter(|text| text.len() < 256);
    let code = if found.is_some() { 0 } else { NO_SUCH_NAME };
    let mut answer = question.get(..2)?.to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(found.is_some()), 0, 0, 0, 0]);
    answer.extend(asked);
    if let Some(text) = found {
        let length = u8::try_from(text.len()).ok()?;
        // The name as above, TXT, the internet, kept for no time, and how long the record is.
        answer.extend([0xc0, 0x0c, 0, 16, 0, 1, 0, 0, 0, 0]);
        answer.extend((u16::from(length) + 1).to_be_bytes());
        answer.push(length);
        answer.extend(text.as_bytes());
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x01b\x00\x00\x10\x00\x01";

    #[test]
    fn a_record_is_told_and_what_is_not_there_is_no_name() {
        let told = answer(QUESTION, |name| (name == "a.b").then(|| "yes".to_owned())).unwrap();
        assert_eq!(told.get(..4), Some(&[0x12, 0x34, 0x81, 0x80][..]));
        assert!(told.ends_with(b"\x00\x04\x03yes"), "{told:?}");
        let none = answer(QUESTION, |_| None).unwrap();
        assert_eq!((none.get(3), none.len()), (Some(&0x83), QUESTION.len()));
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        for length in 0..QUESTION.len() {
            assert_eq!(answer(&QUESTION[..length], |_| None), None);
        }
    }
}
