mod decomposition;
mod detection;
mod draws;
mod edges;
mod groups;
mod link;
mod reference;
mod refusals;
