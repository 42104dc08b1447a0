// The place of the largest number of a row, the first of equals, found by the 64 threads of a workgroup.
var<workgroup> largest: array<f32, 64>;
var<workgroup> places: array<u32, 64>;

const THREADS: u32 = 64u;
const NOWHERE: u32 = 0xffffffffu;
const LEAST: f32 = -3.4028234e38;

// What a thread has seen so far.
struct Best {
    value: f32,
    place: u32,
}

// The better of two; what is not a number is never better.
fn better(best: Best, value: f32, place: u32) -> Best {
    let first = value > best.value || (value == best.value && place < best.place);
    if first { return Best(value, place); }
    return best;
}

// The best of all threads, in all of them.
fn best_of(local: u32, own: Best) -> Best {
    largest[local] = own.value;
    places[local] = own.place;
    workgroupBarrier();
    for (var distance = THREADS / 2u; distance > 0u; distance = distance / 2u) {
        if local < distance {
            let here = Best(largest[local], places[local]);
            let known = better(here, largest[local + distance], places[local + distance]);
            largest[local] = known.value;
            places[local] = known.place;
        }
        workgroupBarrier();
    }
    return Best(largest[0], places[0]);
}
