//! Least squares with coefficients that are not negative.

/// The x ≥ 0 that minimises Σᵢ (aᵢ·x − 1)² over the rows aᵢ: with rows divided by what was measured, the relative
/// errors of a fit. Coordinate descent, which converges for every such problem (Franc, Hlaváč & Navara 2005).
pub(super) fn nonnegative<const N: usize>(rows: &[[f64; N]]) -> [f64; N] {
    // Columns of one length, so that all coordinates move alike.
    let lengths: [f64; N] = std::array::from_fn(|k| rows.iter().map(|row| row[k] * row[k]).sum::<f64>().sqrt());
    let scaled = |row: &[f64; N], k: usize| if lengths[k] > 0.0 { row[k] / lengths[k] } else { 0.0 };
    let product = |k: usize, l: usize| rows.iter().map(|row| scaled(row, k) * scaled(row, l)).sum::<f64>();
    let gram: [[f64; N]; N] = std::array::from_fn(|k| std::array::from_fn(|l| product(k, l)));
    let target: [f64; N] = std::array::from_fn(|k| rows.iter().map(|row| scaled(row, k)).sum());
    let mut x = [0.0; N];
    for _ in 0..20_000 {
        let mut moved = 0.0_f64;
        for k in 0..N {
            if gram[k][k] == 0.0 {
                continue;
            }
            let slope = target[k] - (0..N).map(|l| gram[k][l] * x[l]).sum::<f64>();
            let new = (x[k] + slope / gram[k][k]).max(0.0);
            moved = moved.max((new - x[k]).abs());
            x[k] = new;
        }
        if moved < 1e-12 {
            break;
        }
    }
    std::array::from_fn(|k| if lengths[k] > 0.0 { x[k] / lengths[k] } else { 0.0 })
}

/// The root of the mean squared relative error of a fit.
pub(super) fn relative_error<const N: usize>(rows: &[[f64; N]], coefficients: &[f64; N]) -> f64 {
    let error = |row: &[f64; N]| row.iter().zip(coefficients).map(|(a, x)| a * x).sum::<f64>() - 1.0;
    let squares: f64 = rows.iter().map(|row| error(row) * error(row)).sum();
    (squares / rows.len().max(1) as f64).sqrt()
}
