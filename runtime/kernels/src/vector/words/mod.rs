//! Words of 32 bits beside the numbers of a vector, for random numbers. They mean the same to the bit for every type.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
