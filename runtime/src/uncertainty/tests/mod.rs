mod decomposition;
mod groups;
mod link;
mod reference;
mod refusals;
