// The ρ of numbers that do not exist, and all that is below it.
const ABSENT: f32 = -1e30;
