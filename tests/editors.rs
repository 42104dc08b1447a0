//! Editors as they are, on `elbo lsp`: a client made of VS Code's own protocol packages, and headless Neovim. Each opens a
//! spec with errors, sees them, applies fixes, hovers, completes, renames and formats. What is not there is passed over, and said.

use std::path::Path;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/editors");
const ELBO: &str = env!("CARGO_BIN_EXE_elbo");

/// Runs a client and sees that it ends well.
fn end_well(command: &mut Command) {
    let output = command.output().expect("it was found before");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{error}");
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn a_client_of_the_packages_of_vs_code_is_served() {
    if !is_there("node") || !Path::new(FOLDER).join("node_modules/vscode-languageserver-protocol").is_dir() {
        eprintln!("passed over: needs node, and `npm ci` in tests/editors");
        return;
    }
    end_well(Command::new("node").current_dir(FOLDER).args(["client.mjs", ELBO, "lsp"]));
}

#[test]
fn the_grammar_of_vs_code_colours_every_spec() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/editors/vscode");
    if !is_there("npm") || !folder.join("node_modules/vscode-tmgrammar-test").is_dir() {
        eprintln!("passed over: needs npm, and `npm ci` in grammar/editors/vscode");
        return;
    }
    end_well(Command::new("npm").current_dir(folder).arg("test"));
}

#[test]
fn neovim_is_served() {
    if !is_there("nvim") {
        eprintln!("passed over: needs nvim");
        return;
    }
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("broken.elbo");
    std::fs::copy(Path::new(FOLDER).join("broken.elbo"), &file).expect("the spec can be copied");
    let arguments = ["--headless", "--clean", "-u", "NONE", "-i", "NONE", "-n", "-S", "neovim.lua"];
    let mut command = Command::new("nvim");
    end_well(
        command.current_dir(FOLDER).args(arguments).env("ELBO_FILE", &file).env("ELBO_SERVER", format!("{ELBO} lsp")),
    );
}
