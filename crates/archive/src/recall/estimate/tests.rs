use super::*;
use proptest::prelude::*;

const MEGA: u64 = 1_000_000;
const LARGE: u64 = 200_009_558;
const SMALL: u64 = 350_412;

/// What recalls took, as sizes in bytes and milliseconds in the order they were asked for: a program built without
/// optimisation on two cores under a load of 7 to 15; each list was asked for at once, after the one before.
const RECORDED: &[&[(u64, u64)]] = &[
    &[(LARGE, 75_328)],
    &[
        (SMALL, 3_991),
        (SMALL, 3_733),
        (SMALL, 2_374),
        (SMALL, 4_163),
        (SMALL, 4_432),
        (SMALL, 4_629),
        (SMALL, 3_693),
        (SMALL, 3_411),
        (SMALL, 4_232),
        (SMALL, 4_646),
        (SMALL, 3_235),
        (SMALL, 2_941),
        (SMALL, 3_899),
        (SMALL, 3_335),
        (SMALL, 2_730),
        (SMALL, 3_162),
        (SMALL, 3_497),
        (SMALL, 3_886),
        (SMALL, 3_376),
        (SMALL, 3_684),
    ],
    &[(LARGE, 83_139)],
    &[
        (SMALL, 5_298),
        (SMALL, 6_379),
        (SMALL, 6_158),
        (SMALL, 6_537),
        (SMALL, 6_515),
        (SMALL, 5_655),
        (SMALL, 9_276),
        (SMALL, 2_883),
        (SMALL, 6_664),
        (SMALL, 7_598),
        (SMALL, 5_586),
        (SMALL, 7_487),
        (SMALL, 7_757),
        (SMALL, 4_801),
        (SMALL, 7_478),
        (SMALL, 6_581),
        (SMALL, 5_874),
        (SMALL, 7_002),
        (SMALL, 6_795),
        (SMALL, 3_500),
    ],
];

fn alone(latest: &[RecallTime], size_bytes: u64) -> Duration {
    Pace::learned(latest, &[]).alone(size_bytes)
}

fn time((size_bytes, millis): (u64, u64)) -> RecallTime {
    RecallTime { size_bytes, took: Duration::from_millis(millis) }
}

fn within_two(told: Duration, took: Duration) -> bool {
    (0.5..=2.0).contains(&(told.as_secs_f64() / took.as_secs_f64().max(1.0)))
}

/// When each of these ends when two are done at a time in their order.
fn ends(asked: &[RecallTime]) -> Vec<Duration> {
    let mut free = [Duration::ZERO; 2];
    let end = |recall: &RecallTime| {
        free.sort();
        free[0] += recall.took;
        free[0]
    };
    asked.iter().map(end).collect()
}

#[test]
fn with_nothing_learned_a_gigabyte_takes_ten_seconds_and_never_no_time() {
    let seconds = alone(&[], 1000 * MEGA).as_secs_f64();
    assert!((10.0..12.0).contains(&seconds), "{seconds}");
    assert_eq!(alone(&[], 0), LEAST);
}

#[test]
fn those_who_wait_are_told_of_those_before_them() {
    let pace = Pace::learned(&[], &[]);
    let whole = pace.alone(1000 * MEGA).as_secs_f64();
    let told = |under_way: &[UnderWay], waiting: &[u64]| pace.behind(under_way, waiting, 1000 * MEGA, 2).as_secs_f64();
    assert!((told(&[], &[1000 * MEGA; 4]) - 3.0 * whole).abs() < 0.01);
    assert!((told(&[], &[1000 * MEGA]) - whole).abs() < 0.01, "one of two turns is free");
    let half = UnderWay { size_bytes: 1000 * MEGA, for_now: Duration::from_secs_f64(whole / 2.0) };
    assert!((told(&[half; 2], &[]) - 1.5 * whole).abs() < 0.01);
    let late = UnderWay { for_now: Duration::from_secs(3600), ..half };
    assert!((told(&[late; 2], &[]) - 1.25 * whole).abs() < 0.01);
}

#[test]
fn nine_in_ten_of_the_recorded_recalls_are_told_within_a_factor_of_two() {
    let (mut latest, mut good, mut all) = (Vec::new(), 0, 0);
    for asked in RECORDED {
        let asked: Vec<RecallTime> = asked.iter().copied().map(time).collect();
        let pace = Pace::learned(&latest, &[]);
        let sizes: Vec<u64> = asked.iter().map(|recall| recall.size_bytes).collect();
        for (at, end) in ends(&asked).into_iter().enumerate() {
            let told = pace.behind(&[], &sizes[..at], sizes[at], 2);
            good += usize::from(within_two(told, end));
            all += 1;
        }
        for recall in asked {
            latest.insert(0, recall);
        }
    }
    assert!(all >= 40 && good * 10 >= all * 9, "{good} of {all}");
}

#[test]
fn a_machine_that_only_published_so_far_knows_its_pace() {
    let published = Published::default();
    for at in 0..100 {
        let size_bytes = [MEGA, 60 * MEGA, 300 * MEGA][at % 3];
        published.note(RecallTime { size_bytes, took: Duration::from_secs_f64(3.0 + size_bytes as f64 / 3e6) });
    }
    assert_eq!(published.latest().len(), LATEST as usize);
    let pace = Pace::learned(&[], &published.latest());
    for (size_bytes, took) in [(MEGA, 3.3), (200 * MEGA, 70.0), (1000 * MEGA, 336.0)] {
        let told = pace.alone(size_bytes).as_secs_f64();
        assert!((0.7..1.4).contains(&(told / took)), "{size_bytes}: {told}");
    }
}

#[test]
fn one_large_recall_on_a_slow_machine_tells_something_of_small_ones() {
    let told = alone(&[time((LARGE, 75_000))], SMALL).as_secs_f64();
    assert!((1.6..6.4).contains(&told), "3.2 s are right: {told}");
}

#[test]
fn one_accident_does_not_change_what_the_others_say() {
    let mut latest = vec![time((50 * MEGA, 2_000)); 12];
    latest.insert(0, time((50 * MEGA, 240_000)));
    let told = alone(&latest, 50 * MEGA).as_secs_f64();
    assert!((1.4..2.9).contains(&told), "{told}");
}

/// A machine: seconds before the first byte, bytes in a second, and how much both vary.
#[derive(Debug, Clone)]
struct Machine {
    overhead: f64,
    rate: f64,
}

impl Machine {
    fn takes(&self, size_bytes: u64, luck: f64) -> Duration {
        Duration::from_secs_f64((self.overhead + size_bytes as f64 / self.rate) * luck)
    }
}

fn machine() -> impl Strategy<Value = Machine> {
    (0.1f64..8.0, 2f64.ln()..600f64.ln()).prop_map(|(overhead, rate)| Machine { overhead, rate: rate.exp() * 1e6 })
}

/// Sizes of exams from a radiograph to the largest CT, and a luck of 0.7 to 1.4.
fn recalls() -> impl Strategy<Value = Vec<(u64, f64)>> {
    let one = (1f64.ln()..1500f64.ln(), 0.7f64..1.4);
    proptest::collection::vec(one.prop_map(|(size, luck)| ((size.exp() * 1e6) as u64, luck)), 120)
}

/// How many of the recalls after the first twenty were told within a factor of two.
fn told_well(machines: &[&Machine], recalls: &[(u64, f64)]) -> usize {
    let mut latest: Vec<RecallTime> = Vec::new();
    let mut good = 0;
    for (number, &(size_bytes, luck)) in recalls.iter().enumerate() {
        let took = machines[number * machines.len() / recalls.len()].takes(size_bytes, luck);
        good += usize::from(number >= 20 && within_two(alone(&latest, size_bytes), took));
        latest.insert(0, RecallTime { size_bytes, took });
    }
    good
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn nine_in_ten_are_told_within_a_factor_of_two_whatever_the_machine(
        machine in machine(),
        recalls in recalls(),
    ) {
        let good = told_well(&[&machine], &recalls);
        prop_assert!(good >= 90, "{good} of 100");
    }

    #[test]
    fn a_machine_that_becomes_half_as_fast_is_learned_again(machine in machine(), recalls in recalls()) {
        let slower = Machine { overhead: machine.overhead * 2.0, rate: machine.rate / 2.0 };
        // The change comes with the twentieth: the hundred that count begin with it.
        let halves: Vec<&Machine> = (0..6).map(|part| if part < 1 { &machine } else { &slower }).collect();
        let good = told_well(&halves, &recalls);
        prop_assert!(good >= 75, "{good} of 100");
    }
}
