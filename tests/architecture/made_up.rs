//! What the reading of imports finds in made-up crates.

use crate::circles::circles;
use crate::imports::{Arrows, arrows};
use crate::order;
use crate::words::{without_texts, words};

/// The arrows of a crate of these files.
fn crate_of(files: &[(&str, &str)]) -> Arrows {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }
    arrows(folder.path())
}

/// The files of its circles.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    circles(&crate_of(files))
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let ways = [
        "use crate::b::B;",
        "use crate::{b::{self, B}, c::C};",
        "use super::b as other;\nfn f(_: other::B) {}",
        "use crate::b;\nfn f() -> b::B { b::B }",
        "fn f(_: crate::b::B) {}",
        "use super::b::*;",
        "pub(crate) use self::super::b::B as Renamed;",
        "mod inner { use super::super::b::B; }",
    ];
    for way in ways {
        let lib = ("lib.rs", "mod a;\nmod b;\nmod c;");
        let b = ("b.rs", "use crate::a::A;\npub struct B;");
        let found = circles_of(&[lib, ("a.rs", &format!("{way}\npub struct A;")), b, ("c.rs", "pub struct C;")]);
        assert_eq!(found, [["a.rs", "b.rs"]], "{way}");
    }
}

#[test]
fn a_circle_of_three_is_one() {
    let lib = ("lib.rs", "mod a;\nmod b;\nmod c;");
    let files = [
        lib,
        ("a.rs", "use crate::b::B;\npub struct A;"),
        ("b.rs", "use crate::c::C;\npub struct B;"),
        ("c.rs", "use crate::a::A;\npub struct C;"),
    ];
    assert_eq!(circles_of(&files), [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn the_face_of_a_folder_makes_no_circle() {
    let files = [
        ("lib.rs", "mod shop;"),
        ("shop/mod.rs", "mod price;\nmod till;\npub use price::Price;\npub use till::Till;"),
        ("shop/price.rs", "pub struct Price;"),
        ("shop/till.rs", "use super::Price;\npub struct Till(Price);"),
    ];
    assert_eq!(circles_of(&files), Vec::<Vec<String>>::new());
}

#[test]
fn a_parent_that_defines_what_its_children_take_is_in_a_circle() {
    let files = [
        ("lib.rs", "mod shop;"),
        ("shop.rs", "mod till;\npub struct Price;"),
        ("shop/till.rs", "use super::Price;\npub struct Till(Price);"),
    ];
    assert_eq!(circles_of(&files), [["shop.rs", "shop/till.rs"]]);
}

#[test]
fn tests_texts_and_comments_take_nothing() {
    let a = "// use crate::b::B;\nconst T: &str = \"use crate::b::B;\";\n#[cfg(test)]\nmod tests { use crate::b::B; }\npub struct A;";
    let files = [("lib.rs", "mod a;\nmod b;"), ("a.rs", a), ("b.rs", "use crate::a::A;\npub struct B;")];
    assert_eq!(circles_of(&files), Vec::<Vec<String>>::new());
}

#[test]
fn an_arrow_against_the_order_is_found_through_other_files() {
    let page = "# Page\n\n## Order within a crate\n\n| sources | order |\n|---|---|\n| `src` | `low`, `left` and `right`, `high` |\n\n## More\n";
    let orders = order::table(page);
    let (sources, order) = orders.first().expect("there is a row");
    assert_eq!(sources, "src");
    let lib = ("lib.rs", "mod low;\nmod left;\nmod right;\nmod between;\nmod high;");
    let good = [
        lib,
        ("low.rs", "pub struct Low;"),
        ("left.rs", "use crate::low::Low;\npub struct Left;"),
        ("right.rs", "use crate::low::Low;\npub struct Right;"),
        ("between.rs", "pub struct Between;"),
        ("high/mod.rs", "pub struct High;\nuse crate::{left::Left, right::Right};"),
    ];
    assert!(order.against(&crate_of(&good)).is_empty());
    assert!(order.missing(&crate_of(&good)).is_empty());
    assert_eq!(order.missing(&crate_of(&[("lib.rs", "")])).len(), 4);
    for (at, text) in [(1, "use crate::between::Between;"), (2, "use crate::right::Right;")] {
        let mut files = good;
        files[at].1 = text;
        files[4].1 = "use crate::high::High;\npub struct Between;";
        let against = order.against(&crate_of(&files));
        assert_eq!(against.len(), 1, "{against:?}");
    }
}

#[test]
fn words_are_those_of_rust() {
    let text = "fn f<'a>(c: char) { m('\\'', '\"', \"a\\\"b\", r#\"c\"d\"#, b\"e\") /* /* f */ g */ } // h";
    let found = words(text).join(" ");
    assert_eq!(found, "fn f < ' a > ( c : char ) { m ( , , , , ) }");
    assert_eq!(without_texts("a(\"b\nc\") // d\ne"), "a(\"\n\") \ne");
}
