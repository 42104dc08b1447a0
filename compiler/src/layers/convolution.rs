//! What convolutions of images and of sequences have in common.

use super::kind::ShapeProblem;
use super::window::Window;
use crate::signature::{Parameter, ReadArguments, Signature};

pub(super) const PAD_VALUES: &[Signature] =
    &[Signature::constant(SAME, "As many positions out as in; for an odd kernel at stride 1.")];
pub(super) const GROUPS: Parameter =
    Parameter::size("groups", "Groups of channels that do not see each other; divides the channels in and out.", 1)
        .default("1");
pub(super) const BIAS: Parameter = Parameter::flag("bias", "Whether a bias is added to each channel.").default("true");
const SAME: &str = "same";

/// Output channels, window, groups and bias; `sizes` reads a size for each axis.
pub(super) fn read(
    arguments: &dyn ReadArguments,
    sizes: &dyn Fn(&str) -> Option<[usize; 2]>,
) -> Option<(usize, Window, usize, bool)> {
    let out_channels = arguments.size("width");
    let (kernel, stride, dilation) = (sizes("kernel"), sizes("stride"), sizes("dilation"));
    let (groups, bias) = (arguments.size("groups"), arguments.flag("bias"));
    let (kernel, stride, dilation) = (kernel?, stride?, dilation?);
    let padding =
        if arguments.is_word("pad", SAME) { same_padding(arguments, kernel, stride, dilation) } else { sizes("pad") }?;
    let (out_channels, groups) = (out_channels?, groups?);
    if out_channels % groups != 0 {
        let message = format!("{out_channels} output channels cannot be divided into {groups} groups");
        arguments.refuse("groups", message, "does not divide the width");
        return None;
    }
    Some((out_channels, Window { kernel, stride, padding, dilation }, groups, bias?))
}

/// `pad=same`: as many rows and columns out as in, which needs stride 1 and an odd extent.
fn same_padding(
    arguments: &dyn ReadArguments,
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
) -> Option<[usize; 2]> {
    let extent = [0, 1].map(|axis: usize| (kernel[axis] - 1).saturating_mul(dilation[axis]));
    let problem = if stride != [1, 1] {
        "`pad=same` needs a stride of 1"
    } else if extent.iter().any(|extent| extent % 2 != 0) {
        "`pad=same` needs an odd kernel, so that both sides get the same"
    } else {
        return Some(extent.map(|extent| extent / 2));
    };
    arguments.refuse("pad", problem.to_owned(), "cannot be the same");
    None
}

/// Whether the channels can be divided.
pub(super) fn check_groups(channels: usize, groups: usize) -> Result<(), ShapeProblem> {
    if channels.is_multiple_of(groups) { Ok(()) } else { Err(ShapeProblem::Groups { channels, groups }) }
}

/// The arguments after the kernel's, those left out that have the value a spec may leave out.
pub(super) fn text(groups: usize, bias: bool) -> String {
    let groups = if groups == 1 { String::new() } else { format!(", groups={groups}") };
    groups + if bias { "" } else { ", bias=false" }
}

/// What distinguishes a convolution, in the subscript of its star.
pub(super) fn latex(window: &Window, groups: usize, is_sequence: bool) -> String {
    let groups = if groups == 1 { String::new() } else { format!(", \\, {groups}\\text{{ groups}}") };
    window.latex(is_sequence) + &groups
}
