//! How many rows of each kind every array takes: the least number of groups, and a distribution that reaches it.

/// Rows that the same arrays take, as bits of a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Arrays that take the rows; at least one.
    pub mask: u32,
    /// Rows.
    pub rows: usize,
}

/// The least number of groups in which arrays of `capacity` rows each take all kinds.
///
/// By Hall's theorem a number is enough if and only if every set of arrays has room for the rows that no other array takes.
pub fn least_groups(kinds: &[Kind], capacity: &[usize]) -> usize {
    let sets = 1_u32..1 << capacity.len();
    let needed = |set: u32| {
        let bound: usize = kinds.iter().filter(|kind| kind.mask & !set == 0).map(|kind| kind.rows).sum();
        let room: usize = (0..capacity.len()).filter(|array| set >> array & 1 == 1).map(|array| capacity[array]).sum();
        bound.div_ceil(room.max(1))
    };
    sets.map(needed).max().unwrap_or(0)
}

/// Rows of each kind on each array in that many groups; `None` if there are too few.
///
/// Kinds with the fewest choices come first, each on the array that the fewest rows could use; what is left over is brought in along
/// augmenting paths, so that the flow is a maximum.
pub fn distribute(kinds: &[Kind], capacity: &[usize], groups: usize) -> Option<Vec<Vec<usize>>> {
    let order = preference(kinds, capacity.len());
    let mut flow = Flow {
        kinds,
        free: capacity.iter().map(|rows| rows * groups).collect(),
        taken: Vec::with_capacity(kinds.len()),
    };
    flow.taken.resize(kinds.len(), vec![0; capacity.len()]);
    let mut by_choice: Vec<usize> = (0..kinds.len()).collect();
    by_choice.sort_by_key(|&kind| kinds[kind].mask.count_ones());
    let mut left: Vec<usize> = kinds.iter().map(|kind| kind.rows).collect();
    for kind in by_choice {
        for &array in order.iter().filter(|array| kinds[kind].mask >> **array & 1 == 1) {
            let rows = left[kind].min(flow.free[array]);
            flow.put(kind, array, rows);
            left[kind] -= rows;
        }
    }
    for (kind, mut left) in left.into_iter().enumerate() {
        while left > 0 {
            left -= flow.augment(kind, left)?;
        }
    }
    Some(flow.taken)
}

/// Arrays, those first that the fewest rows could use.
pub fn preference(kinds: &[Kind], arrays: usize) -> Vec<usize> {
    let demand =
        |array: usize| -> usize { kinds.iter().filter(|kind| kind.mask >> array & 1 == 1).map(|kind| kind.rows).sum() };
    let mut order: Vec<usize> = (0..arrays).collect();
    order.sort_by_key(|&array| (demand(array), array));
    order
}

struct Flow<'a> {
    kinds: &'a [Kind],
    free: Vec<usize>,
    taken: Vec<Vec<usize>>,
}

impl Flow<'_> {
    fn put(&mut self, kind: usize, array: usize, rows: usize) {
        self.free[array] -= rows;
        self.taken[kind][array] += rows;
    }

    /// Brings in up to `most` rows of a kind by moving rows of other kinds along a shortest path to an array with room.
    fn augment(&mut self, kind: usize, most: usize) -> Option<usize> {
        let path = self.path(kind)?;
        let last = path.last()?.1;
        let moved = path.windows(2).map(|step| self.taken[step[1].0][step[0].1]);
        let rows = moved.min().unwrap_or(most).min(most).min(self.free[last]);
        for (index, &(kind, array)) in path.iter().enumerate() {
            if index > 0 {
                self.taken[kind][path[index - 1].1] -= rows;
            }
            self.taken[kind][array] += rows;
        }
        self.free[last] -= rows;
        Some(rows)
    }

    /// The first kind goes to the first array, from where rows of the second kind go to the second array, and so on to one with room.
    fn path(&self, kind: usize) -> Option<Vec<(usize, usize)>> {
        let mut came: Vec<Option<(usize, Option<usize>)>> = vec![None; self.free.len()];
        let mut queue = Vec::new();
        let mut next = 0;
        let reach = |kind: usize,
                     from: Option<usize>,
                     came: &mut Vec<Option<(usize, Option<usize>)>>,
                     queue: &mut Vec<usize>| {
            for array in (0..self.free.len()).filter(|array| self.kinds[kind].mask >> array & 1 == 1) {
                if came[array].is_none() {
                    came[array] = Some((kind, from));
                    queue.push(array);
                }
            }
        };
        reach(kind, None, &mut came, &mut queue);
        while let Some(&array) = queue.get(next) {
            next += 1;
            if self.free[array] > 0 {
                return Some(trace(&came, array));
            }
            for moved in (0..self.kinds.len()).filter(|moved| self.taken[*moved][array] > 0) {
                reach(moved, Some(array), &mut came, &mut queue);
            }
        }
        None
    }
}

fn trace(came: &[Option<(usize, Option<usize>)>], last: usize) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    let mut at = Some(last);
    while let Some((array, (kind, from))) = at.and_then(|array| Some((array, came[array]?))) {
        path.push((kind, array));
        at = from;
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By trying every distribution of single rows.
    fn possible(kinds: &[Kind], free: &mut Vec<usize>) -> bool {
        let Some((kind, others)) = kinds.split_first() else { return true };
        if kind.rows == 0 {
            return possible(others, free);
        }
        (0..free.len()).any(|array| {
            if kind.mask >> array & 1 == 0 || free[array] == 0 {
                return false;
            }
            free[array] -= 1;
            let rest = [&[Kind { rows: kind.rows - 1, ..*kind }], others].concat();
            let found = possible(&rest, free);
            free[array] += 1;
            found
        })
    }

    #[test]
    fn rows_that_came_first_make_room() {
        // One by one, the second kind takes array 0 and leaves nothing to the third.
        let kind = |mask, rows| Kind { mask, rows };
        let kinds = [kind(0b1000, 1), kind(0b0011, 1), kind(0b1001, 1), kind(0b1110, 2)];
        let capacity = [1, 1, 2, 1];
        assert_eq!(least_groups(&kinds, &capacity), 1);
        let taken = distribute(&kinds, &capacity, 1).expect("one group");
        assert_eq!(taken, [[0, 0, 0, 1], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 2, 0]]);
    }

    proptest! {
        #[test]
        fn the_least_number_of_groups_is_reached_and_no_smaller_one(
            kinds in prop::collection::vec((1..16_u32, 0..3_usize), 1..5), capacity in prop::collection::vec(1..3_usize, 4)
        ) {
            let kinds: Vec<Kind> = kinds.into_iter().map(|(mask, rows)| Kind { mask, rows }).collect();
            let groups = least_groups(&kinds, &capacity);
            let room = |groups: usize| -> Vec<usize> { capacity.iter().map(|rows| rows * groups).collect() };
            prop_assert!(possible(&kinds, &mut room(groups)));
            if groups > 0 {
                prop_assert!(!possible(&kinds, &mut room(groups - 1)));
                prop_assert!(distribute(&kinds, &capacity, groups - 1).is_none());
            }
            let taken = distribute(&kinds, &capacity, groups).expect("enough groups");
            for (kind, taken) in kinds.iter().zip(&taken) {
                prop_assert_eq!(taken.iter().sum::<usize>(), kind.rows);
                prop_assert!(taken.iter().enumerate().all(|(array, rows)| *rows == 0 || kind.mask >> array & 1 == 1));
            }
            for (array, room) in room(groups).into_iter().enumerate() {
                prop_assert!(taken.iter().map(|taken| taken[array]).sum::<usize>() <= room);
            }
        }
    }
}
