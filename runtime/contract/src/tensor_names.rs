//! Names of tensors in files, as PyTorch has them.
//!
//! A network calls a repeated layer `s1.conv[0]`, PyTorch calls it `s1.conv.0`. No name that a spec gives begins with a
//! digit, so each form can be told from the other.

/// The name that a tensor of the network has in every file that is written for other programs: `s1.conv.0.weight` of
/// `s1.conv[0].weight`.
pub fn file_name(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        let number = after.split_once(']').filter(|(number, _)| is_number(number));
        let Some((number, after)) = number else { break };
        written.push_str(before);
        written.push('.');
        written.push_str(number);
        rest = after;
    }
    written.push_str(rest);
    written
}

/// The name in the network of a tensor that a file calls so, in PyTorch's form or that of older versions.
pub fn network_name(name: &str) -> String {
    let mut parts = name.split('.');
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if is_number(part) {
            written.push_str(&format!("[{part}]"));
        } else {
            written.push('.');
            written.push_str(part);
        }
    }
    written
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{file_name, network_name};

    #[test]
    fn repeat_names() {
        let pairs = [
            ("s1.conv[0].weight", "s1.conv.0.weight"),
            ("s[10].conv[2].weight.mu", "s.10.conv.2.weight.mu"),
            ("features[3].running_var", "features.3.running_var"),
            ("conv1.bias", "conv1.bias"),
            ("output.log_variance", "output.log_variance"),
        ];
        for (network, file) in pairs {
            assert_eq!(file_name(network), file);
            assert_eq!(network_name(file), network);
            assert_eq!(network_name(network), network, "as older versions wrote it");
        }
        for other in ["a[b].weight", "a[", "a]0[", "a[0", ""] {
            assert_eq!(file_name(other), other);
        }
    }
}
