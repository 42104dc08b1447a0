//! What would have fitted, in words of the language.

use super::place::Place;
use super::rules::Rule;
use super::scene::{Scene, quoted};

/// The words for a rule, and their rank in an enumeration. `None` for what goes without saying.
fn words(rule: Rule) -> Option<(u8, &'static str)> {
    Some(match rule {
        Rule::name | Rule::key | Rule::segment => (1, "a name"),
        Rule::path | Rule::pattern => (1, "the path of a layer"),
        Rule::text => (1, "a text in quotes"),
        Rule::whole | Rule::index => (1, "a whole number"),
        Rule::code => (1, "the code of a warning"),
        Rule::value | Rule::inner | Rule::argument | Rule::number | Rule::group | Rule::call => (1, "a value"),
        Rule::parameter => (1, "a parameter"),
        Rule::reference => (1, "a name"),
        Rule::operation | Rule::layer => (1, "a layer"),
        Rule::known_mark | Rule::custom_mark => (1, "a mark"),
        Rule::position => (1, "`before` or `after`"),
        Rule::settings_kind | Rule::block_header | Rule::model_header | Rule::settings_header => (1, "a declaration"),
        Rule::entry => (1, "a key"),
        Rule::list | Rule::lbracket => (2, "`[`"),
        Rule::arguments | Rule::lparen | Rule::parameters => (3, "`(`"),
        Rule::comma => (4, "`,`"),
        Rule::colon => (4, "`:`"),
        Rule::assign => (4, "`=`"),
        Rule::k_as => (4, "`as`"),
        Rule::k_with => (4, "`with`"),
        Rule::k_within | Rule::margin => (5, "`within`"),
        Rule::k_points => (5, "`points`"),
        Rule::k_of | Rule::estimand => (5, "`of`"),
        Rule::k_extends | Rule::extends => (5, "`extends`"),
        Rule::rparen => (6, "`)`"),
        Rule::rbracket => (6, "`]`"),
        Rule::layers | Rule::keys | Rule::lbrace => (6, "`{`"),
        Rule::EOI => (7, "a new line"),
        _ => return None,
    })
}

/// The rank of things, as against punctuation.
const THING: u8 = 1;

/// "expected `,` or `)` after this argument, but found `kernel`"
pub(super) fn sentence(scene: &Scene<'_>) -> String {
    let found = match scene.text(scene.found) {
        "" => String::new(),
        text => format!(", but found {}", quoted(text)),
    };
    let options = options(scene);
    if options.is_empty() {
        return match scene.text(scene.found) {
            "" => "something is missing at the end".to_owned(),
            text => format!("{} does not fit here", quoted(text)),
        };
    }
    format!("expected {}{}{found}", joined(&options), place(scene, &options))
}

/// What would have fitted, the likeliest first.
fn options(scene: &Scene<'_>) -> Vec<&'static str> {
    if let Some(option) = by_place(scene) {
        return vec![option];
    }
    let mut options: Vec<(u8, &str)> = scene.expected.iter().filter_map(|rule| words(*rule)).collect();
    if scene.place == Place::Value {
        options.iter_mut().filter(|option| option.1 == "a new line").for_each(|option| option.1 = "nothing more");
    }
    // Where a header ends, its `{` is what is missing; everything else is optional.
    if scene.place == Place::Header {
        options.iter_mut().filter(|option| option.1 == "a new line").for_each(|option| *option = (6, "`{`"));
    }
    options.sort_unstable();
    options.dedup();
    let has = |options: &[(u8, &str)], texts: &[&str]| options.iter().any(|(_, text)| texts.contains(text));
    // Where a thing must stand, say so and no more; behind one, `(` and `=` were possible but rarely meant.
    if has(&options, &["a value"]) {
        options.retain(|(_, text)| matches!(*text, "a value" | "`)`" | "`]`"));
    } else if options.iter().any(|(rank, _)| *rank == THING) {
        options.retain(|(rank, text)| *rank == THING || matches!(*text, "`)`" | "`]`"));
    } else if has(&options, &["`)`", "`]`"]) {
        options.retain(|(_, text)| matches!(*text, "`)`" | "`]`" | "`,`"));
    } else if has(&options, &["`:`", "`=`", "`as`", "`with`"]) || scene.is_word(scene.found) {
        options.retain(|(_, text)| *text != "`(`" || scene.place == Place::Header);
        if has(&options, &["`:`", "`=`", "`as`", "`with`"]) {
            options.retain(|(_, text)| *text != "a new line");
        }
    }
    options.into_iter().map(|(_, text)| text).collect()
}

/// What must stand here, where that follows from the word before.
fn by_place(scene: &Scene<'_>) -> Option<&'static str> {
    let before = scene.found.checked_sub(1).map_or("", |index| scene.text(index));
    let edit = matches!(scene.text(0), "mark" | "replace" | "insert");
    match (scene.place, scene.found, before) {
        (Place::Layers, 0, _) => Some("a statement"),
        (Place::Keys, 0, _) => Some("a key"),
        (Place::Layers, 1, "input") => Some("`image`, `sequence` or `vector`"),
        (Place::Layers, 1, "default") => Some("a mark"),
        (Place::Layers, _, "as") if edit => Some("a mark"),
        (Place::Layers, 1, "mark" | "replace") => Some("the path of a layer"),
        (Place::Layers, _, "before" | "after" | "..") if edit => Some("the path of a layer"),
        (Place::Layers, _, ",") if edit && scene.open.is_empty() => Some("the path of a layer"),
        _ => None,
    }
}

/// What the expected thing was expected after.
fn place(scene: &Scene<'_>, options: &[&str]) -> String {
    if scene.found == 0 {
        return String::new();
    }
    if options.contains(&"`,`") && options.contains(&"`)`") {
        let parameters = scene.place == Place::Header && scene.open.len() == 1;
        return if parameters { " after this parameter" } else { " after this argument" }.to_owned();
    }
    if options.contains(&"`,`") && options.contains(&"`]`") {
        return " after this element".to_owned();
    }
    format!(" after {}", quoted(scene.text(scene.found - 1)))
}

/// `a, b or c`
pub(super) fn joined(options: &[&str]) -> String {
    match options {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
