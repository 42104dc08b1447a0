mod decomposition;
mod gathered;
mod groups;
mod link;
mod reference;
mod refusals;
