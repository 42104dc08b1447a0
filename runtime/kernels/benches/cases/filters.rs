//! The maps of a filter, over 64 rows of 64 channels.

use super::{Case, some};
use elbo_kernels::{Filter, Filtering, Kernels, Map};

const ROWS: usize = 64;
const COLUMNS: usize = 64;

fn case(kernels: Kernels, filter: Filter, map: Map) -> Case {
    let [from, to] = filter.sizes(map).map(|size| size * size);
    // A line more than the array, as the backend lays them out.
    let apart = ROWS * COLUMNS + 16;
    let (source, mut target) = (some(from * apart), vec![0.0; to * apart]);
    let places = |count: usize| (0..count).map(|at| Some(at * apart)).collect::<Vec<_>>();
    let (sources, targets) = (places(from), places(to));
    let run = move || {
        let filtering = Filtering {
            filter,
            map,
            source: &source,
            from: &sources,
            from_row: COLUMNS,
            to: &targets,
            to_row: COLUMNS,
            rows: ROWS,
            columns: COLUMNS,
        };
        kernels.filter(std::hint::black_box(&filtering), &mut target);
    };
    Case { numbers: to * ROWS * COLUMNS, operations: 0, bytes: 4 * (from + to) * ROWS * COLUMNS, run: Box::new(run) }
}

pub fn four_of_three_inputs(kernels: Kernels) -> Case {
    case(kernels, Filter::FourOfThree, Map::Inputs)
}

pub fn four_of_three_output_gradients(kernels: Kernels) -> Case {
    case(kernels, Filter::FourOfThree, Map::OutputGradients)
}

pub fn four_of_three_outputs(kernels: Kernels) -> Case {
    case(kernels, Filter::FourOfThree, Map::Outputs)
}

pub fn four_of_three_taps(kernels: Kernels) -> Case {
    case(kernels, Filter::FourOfThree, Map::Taps)
}

pub fn pair_of_three_inputs(kernels: Kernels) -> Case {
    case(kernels, Filter::PairOfThree, Map::Inputs)
}

pub fn quad_of_five_inputs(kernels: Kernels) -> Case {
    case(kernels, Filter::QuadOfFive, Map::Inputs)
}

pub fn quad_of_five_taps(kernels: Kernels) -> Case {
    case(kernels, Filter::QuadOfFive, Map::Taps)
}
