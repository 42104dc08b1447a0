//! What can go wrong with a graphics processor, in words for whoever has to do something about it.

/// Everything that can fail here. Nothing panics, and nothing is reported by a wrong number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// There is no library through which a graphics processor could be reached, or no driver that the library takes.
    #[error(
        "no graphics processor can be reached: the loader of Vulkan or a driver for it is not installed; install the \
         driver of the vendor, on Debian and Ubuntu also the package libvulkan1 (and mesa-vulkan-drivers for AMD, Intel \
         and a driver in software)"
    )]
    NoLoader,
    /// The library is there, and finds nothing.
    #[error(
        "no graphics processor was found; install the driver of the vendor (for AMD and Intel the Debian package \
         mesa-vulkan-drivers) and see that this user may open it"
    )]
    NoAdapter,
    /// There are only adapters in software, which must be asked for.
    #[error("there is no graphics processor but {names}, a driver in software; it must be asked for by `gpu:cpu`")]
    OnlySoftware {
        /// What there is.
        names: String,
    },
    /// A driver in software was asked for.
    #[error("no driver in software was found; on Debian and Ubuntu the package mesa-vulkan-drivers has one")]
    NoSoftware,
    /// The number is beyond the list.
    #[error("there is no graphics processor {number}; {count} are there, numbered from 0")]
    NoSuchAdapter {
        /// What was asked for.
        number: usize,
        /// How many there are, those in software left out.
        count: usize,
    },
    /// The adapter cannot do what the kernels need.
    #[error("{adapter} is too small: its {limit} is {value}, and {need} is needed")]
    TooSmall {
        /// Its name.
        adapter: String,
        /// Which limit.
        limit: &'static str,
        /// The adapter's.
        value: u64,
        /// What the kernels need.
        need: u64,
    },
    /// The driver does not open it.
    #[error("{adapter} cannot be opened: {message}")]
    NotOpened {
        /// Its name.
        adapter: String,
        /// What the driver says.
        message: String,
    },
    /// No memory, of the device or under the limit that was set.
    #[error("{what} takes {bytes} bytes of device memory, of which {allocated} {} are taken", of(*limit))]
    OutOfMemory {
        /// What was to be allocated.
        what: String,
        /// How large it is.
        bytes: u64,
        /// What is allocated already.
        allocated: u64,
        /// The limit that was set; `None` if the device refused.
        limit: Option<u64>,
    },
    /// More than the device takes at once, whatever is free.
    #[error("{what} takes {bytes} bytes at once, and the device takes at most {limit}")]
    TooLarge {
        /// What is too large.
        what: String,
        /// How large it is.
        bytes: u64,
        /// The most that is possible.
        limit: u64,
    },
    /// The device is gone: unplugged, reset by the driver, or destroyed.
    #[error("the graphics processor was lost: {message}")]
    Lost {
        /// What the driver says.
        message: String,
    },
    /// The driver or wgpu refused something.
    #[error("the graphics processor failed: {message}")]
    Failed {
        /// What it says.
        message: String,
    },
    /// An operand does not fit what it is for. A bug of the caller.
    #[error("a kernel was used wrongly: {message}")]
    Misuse {
        /// What does not fit.
        message: String,
    },
}

fn of(limit: Option<u64>) -> String {
    limit.map_or_else(String::new, |limit| format!("of {limit}"))
}

/// An operand that does not fit.
pub(crate) fn misuse(message: impl Into<String>) -> GpuError {
    GpuError::Misuse { message: message.into() }
}
