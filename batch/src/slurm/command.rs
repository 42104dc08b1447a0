//! Runs Slurm's programs, with a limit to how long they may take: a controller that hangs must not hang us.

use super::SlurmError;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long questions are waited for. A controller that is down is noticed after some ten seconds.
pub(super) const QUESTION: Duration = Duration::from_secs(30);

/// How long a submission is waited for; it may be queued behind many others.
pub(super) const SUBMISSION: Duration = Duration::from_secs(120);

/// How often it is looked whether a program has ended.
const PULSE: Duration = Duration::from_millis(5);

/// The most that is read of what a program says on standard error.
const MOST_SAID: u64 = 4096;

/// The most that is read of an answer: a queue of a million tasks.
const MOST_ANSWER: u64 = 256 << 20;

/// Runs a program to its end and gives what it printed.
///
/// # Errors
/// [`SlurmError`]: it is not there, says no, or takes longer than `limit`.
pub(super) fn ask(program: &str, arguments: &[String], limit: Duration) -> Result<String, SlurmError> {
    let start = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => SlurmError::Absent { program: program.to_owned() },
        _ => SlurmError::Start { program: program.to_owned(), source },
    };
    // Files, not pipes: what the program leaves behind cannot keep us waiting for their end.
    let scratch = || tempfile::tempfile().map_err(|source| SlurmError::Start { program: program.to_owned(), source });
    let (mut answer, mut said) = (scratch()?, scratch()?);
    let twin =
        |file: &File| file.try_clone().map_err(|source| SlurmError::Start { program: program.to_owned(), source });
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(twin(&answer)?)
        .stderr(twin(&said)?)
        .spawn()
        .map_err(start)?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(start)? {
            Some(status) => break Some(status),
            None if began.elapsed() >= limit => break None,
            None => std::thread::sleep(PULSE),
        }
    };
    let command = || shown(program, arguments);
    let Some(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(SlurmError::TimedOut { command: command(), limit, said: read(&mut said, MOST_SAID) });
    };
    if !status.success() {
        let said = read(&mut said, MOST_SAID);
        let said = if said.is_empty() { "it said nothing".to_owned() } else { said };
        return Err(SlurmError::Failed { command: command(), status: status.to_string(), said });
    }
    Ok(read(&mut answer, MOST_ANSWER))
}

fn read(file: &mut File, most: u64) -> String {
    let mut bytes = Vec::new();
    let _ = file.rewind().and_then(|()| file.take(most).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

/// A command as it is shown in messages: what is long is cut.
fn shown(program: &str, arguments: &[String]) -> String {
    const LONGEST: usize = 160;
    let whole = std::iter::once(program).chain(arguments.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    if whole.chars().count() <= LONGEST {
        whole
    } else {
        format!("{}…", whole.chars().take(LONGEST).collect::<String>())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(line: &str, limit: Duration) -> Result<String, SlurmError> {
        ask("sh", &["-c".to_owned(), line.to_owned()], limit)
    }

    #[test]
    fn an_answer_is_given_and_a_refusal_is_told() {
        assert_eq!(shell("echo 12", QUESTION).unwrap(), "12");
        let told = shell("echo no such thing >&2; exit 3", QUESTION).unwrap_err().to_string();
        assert!(told.contains("no such thing") && told.contains("exit status: 3"), "{told}");
        let told = ask("no-such-program-of-slurm", &[], QUESTION).unwrap_err();
        assert_eq!(told.to_string(), "there is no Slurm here: `no-such-program-of-slurm` is not on PATH");
        assert!(told.help().is_some());
    }

    #[test]
    fn who_gives_no_answer_is_ended_and_what_it_left_behind_does_not_matter() {
        let told = shell("echo partly >&2; sleep 9 & sleep 60", Duration::from_millis(200)).unwrap_err();
        assert!(matches!(&told, SlurmError::TimedOut { said, .. } if said == "partly"), "{told}");
        assert_eq!(shell("sleep 2 & echo done", QUESTION).unwrap(), "done");
    }
}
