mod decomposition;
mod draws;
mod groups;
mod link;
mod reference;
mod refusals;
