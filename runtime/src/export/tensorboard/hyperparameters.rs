//! The settings of a training for TensorBoard's table of hyperparameters.

use super::event::{
    Event, Hyperparameters, Plugin, Session, SessionEnd, SessionStart, Setting, SettingKind, Summary, Value, What,
};
use crate::finished::FinishedRun;
use prost::Message;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The tag of what begins a session.
const SESSION_START: &str = "_hparams_/session_start_info";

/// The setting that no other program writes: how many weights have a posterior.
const VARIATIONAL: &str = "variational_parameters";

/// What the run was given.
pub(super) fn start(finished: &FinishedRun, started: f64) -> Vec<Value> {
    let run = &finished.report.run;
    let mut settings = BTreeMap::new();
    let training = serde_json::to_value(&finished.run.training).expect("the IR has only string keys");
    flatten("", &training, &mut settings);
    let mut set = |name: &str, kind| settings.insert(name.to_owned(), Setting { kind: Some(kind) });
    set("run", SettingKind::Text(run.name.clone()));
    set("data", SettingKind::Text(run.data.name.clone()));
    set("backend", SettingKind::Text(run.backend.clone()));
    set("parameters", SettingKind::Number(run.network.parameters as f64));
    set(VARIATIONAL, SettingKind::Number(run.network.variational_parameters as f64));
    let start = SessionStart { hyperparameters: settings, group_name: String::new(), start_seconds: started };
    vec![session_start(start)]
}

/// The value that begins a session.
pub(super) fn session_start(start: SessionStart) -> Value {
    value(SESSION_START, Session::Start(start))
}

/// Whether an event is what [`start`] gives.
pub(super) fn is_start(event: &Event) -> bool {
    let Some(What::Summary(Summary { values })) = &event.what else { return false };
    let [value] = values.as_slice() else { return false };
    let plugin = value.metadata.as_ref().and_then(|metadata| metadata.plugin.as_ref());
    let content = plugin.and_then(|plugin| Hyperparameters::decode(plugin.content.as_slice()).ok());
    let Some(Session::Start(start)) = content.and_then(|content| content.session) else { return false };
    value.tag == SESSION_START && start.hyperparameters.contains_key(VARIATIONAL)
}

/// That it ended well.
pub(super) fn end(finished: f64) -> Vec<Value> {
    vec![value("_hparams_/session_end_info", Session::End(SessionEnd { status: 1, end_seconds: finished }))]
}

fn value(tag: &str, session: Session) -> Value {
    let content = Hyperparameters { version: 0, session: Some(session) }.encode_to_vec();
    Value::of_plugin(tag, Plugin { name: "hparams".to_owned(), content }, None)
}

/// Settings by their path, `optimizer` = `adam` and `optimizer.lr` = 0.001: a choice is an object with one key, which names
/// it. What is not set, and lists, are left out.
pub(super) fn flatten(path: &str, json: &Json, settings: &mut BTreeMap<String, Setting>) {
    let mut set = |kind| settings.insert(path.to_owned(), Setting { kind: Some(kind) });
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match json {
        Json::Null | Json::Array(_) => {}
        Json::Bool(value) => drop(set(SettingKind::Switch(*value))),
        Json::Number(number) => drop(number.as_f64().map(|number| set(SettingKind::Number(number)))),
        Json::String(text) => drop(set(SettingKind::Text(text.clone()))),
        Json::Object(fields) => match fields.iter().next() {
            Some((choice, inner)) if fields.len() == 1 && !path.is_empty() => {
                set(SettingKind::Text(choice.clone()));
                let inner_path = if inner.is_object() { path.to_owned() } else { below(choice) };
                // The choice stays under its own path: what an inner choice sets there is no more than its detail.
                let mut inside = BTreeMap::new();
                flatten(&inner_path, inner, &mut inside);
                for (name, setting) in inside {
                    settings.entry(name).or_insert(setting);
                }
            }
            _ => fields.iter().for_each(|(name, value)| flatten(&below(name), value, settings)),
        },
    }
}
