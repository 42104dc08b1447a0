//! Every kernel of every usable table against plain loops in double precision.
