// Tensors that lie one after the other in the buffers of a set, each from a block of 4,096 numbers on. A workgroup
// has a block; a thread has four times four neighbouring numbers.
const BLOCK: u32 = 4096u;
const THREADS: u32 = 256u;
// Four times four of each thread.
const TURNS: u32 = 4u;

// By block the number of its tensor, then by tensor: its first block, its numbers, its kind, and parameters of the
// kind.
@group(0) @binding(2) var<storage, read> table: array<u32>;

struct Segment {
    first_block: u32,
    numbers: u32,
    kind: u32,
    along: u32,
    centre: f32,
    spread: f32,
}

// Words of a tensor.
const WORDS: u32 = 8u;

// The tensor of a block, `blocks` blocks being in the table.
fn segment_of(block: u32, blocks: u32) -> Segment {
    let at = blocks + WORDS * table[block];
    let centre = bitcast<f32>(table[at + 4u]);
    return Segment(
        table[at], table[at + 1u], table[at + 2u], table[at + 3u], centre, bitcast<f32>(table[at + 5u]),
    );
}

// Which of four numbers of a block's tensor, from number `local` of the block on, exist.
fn existing(segment: Segment, block: u32, local: u32) -> vec4<bool> {
    let first = (block - segment.first_block) * BLOCK + local;
    return vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(segment.numbers);
}
