//! Power cuts, operations that fail, and a full disk, all on a simulated disk.

use jobdex::durable::{DiskState, DurableJobStore, OpenError, WriteError};

use crate::acknowledged::{Acknowledged, PairWrite, options};
use crate::disk::SimulatedDisk;
use crate::oracle::random::Random;
use crate::rounds;

/// Operations before a power cut, at most. An open takes a dozen, or some hundred if it repairs; a write takes three.
const OPERATIONS_MAX: usize = 300;

#[test]
fn a_power_cut_takes_no_acknowledged_write_and_leaves_no_half_of_one() {
    let mut random = Random::new(11);
    let (mut image, mut acknowledged, mut cuts_while_opening) = (Vec::new(), Acknowledged::default(), 0);
    let rounds = rounds("JOBDEX_POWER_CUTS", 1_000);
    let mut number = 0;
    for round in 0..rounds {
        let disk = SimulatedDisk::of(image.clone()).dead_from(1 + random.below(OPERATIONS_MAX));
        match DurableJobStore::open_on(disk.clone(), options()) {
            Ok(store) => loop {
                number += 1;
                let write = PairWrite { pair: random.below(200), number };
                if acknowledged.make(write, &store).is_err() {
                    break;
                }
            },
            Err(error) => {
                assert!(disk.is_dead(), "round {round}: {error}");
                cuts_while_opening += 1;
            }
        }
        image = disk.image_after_cut(&mut random);
        let reopened = DurableJobStore::open_on(SimulatedDisk::of(image.clone()), options());
        match reopened {
            Ok(store) => acknowledged.check(&store.shared().snapshot(), &mut random),
            // The cut came before the file was ever whole, so it is made anew.
            Err(error) if acknowledged.count == 0 => {
                assert!(matches!(error, OpenError::Damaged { .. }), "round {round}: {error}");
                image.clear();
            }
            Err(error) => panic!("round {round}: {error}"),
        }
    }
    assert!(acknowledged.count > rounds, "{} acknowledged", acknowledged.count);
    assert!(cuts_while_opening > rounds / 50, "{cuts_while_opening} cuts while a store was opened");
    println!("{rounds} power cuts, {cuts_while_opening} of them in an open, {} acknowledged", acknowledged.count);
}

/// A fixed script: opens the disk, makes writes until one fails, and closes.
fn script(disk: &SimulatedDisk, acknowledged: &mut Acknowledged, random: &mut Random) -> Result<(), OpenError> {
    let store = DurableJobStore::open_on(disk.clone(), options())?;
    for number in 0..14 {
        let before = acknowledged.clone();
        let version = store.shared().version();
        let write = PairWrite { pair: number % 6, number };
        if let Err(error) = acknowledged.make(write, &store) {
            assert!(matches!(error, WriteError::Disk(_)), "{error}");
            before.check_exactly(&store.shared().snapshot(), random);
            assert_eq!(store.shared().version(), version, "a failed write publishes nothing");
            assert!(matches!(write.make(&store), Err(WriteError::ReadOnly(_))), "the store is read-only");
            assert!(matches!(store.stats().state, DiskState::ReadOnly(_)));
            before.check_exactly(&store.shared().snapshot(), random);
            assert!(store.close().is_err(), "the error is told again");
            return Ok(());
        }
    }
    drop(store.close());
    Ok(())
}

#[test]
fn an_operation_of_the_disk_that_fails_fails_one_call_at_every_place_of_a_script() {
    let mut random = Random::new(12);
    let mut first = Acknowledged::default();
    let base = SimulatedDisk::default();
    script(&base, &mut first, &mut random).expect("this disk works");
    let whole = SimulatedDisk::of(base.image());
    script(&whole, &mut first.clone(), &mut random).expect("this disk works");
    let operations = whole.operations();
    assert!(operations > 60, "{operations} operations");
    for is_dead in [false, true] {
        for place in 0..operations {
            let disk = SimulatedDisk::of(base.image());
            let disk = if is_dead { disk.dead_from(place) } else { disk.fails_at(place) };
            let mut acknowledged = first.clone();
            // An open that fails has changed nothing that the next open needs.
            let opened = script(&disk, &mut acknowledged, &mut random);
            assert!(opened.is_ok() || matches!(opened, Err(OpenError::Io(_))), "at {place}: {opened:?}");
            let image = if is_dead { disk.image_after_cut(&mut random) } else { disk.image() };
            let store = DurableJobStore::open_on(SimulatedDisk::of(image), options());
            let store = store.unwrap_or_else(|error| panic!("after a failure at {place}: {error}"));
            acknowledged.check(&store.shared().snapshot(), &mut random);
            store.verify().unwrap_or_else(|error| panic!("after a failure at {place}: {error}"));
        }
    }
}

#[test]
fn a_full_disk_fails_a_write_and_gives_the_store_back_once_it_has_room() {
    let mut random = Random::new(13);
    let disk = SimulatedDisk::default();
    let store = DurableJobStore::open_on(disk.clone(), options()).expect("it is new");
    let mut acknowledged = Acknowledged::default();
    acknowledged.make(PairWrite { pair: 0, number: 0 }, &store).expect("there is room");
    let room = disk.image().len();
    disk.set_room(Some(room));
    let error =
        (1..100_000).find_map(|number| acknowledged.make(PairWrite { pair: number, number: number * 5 }, &store).err());
    let error = error.expect("the disk is full in the end");
    assert!(error.to_string().contains("open the store again"), "{error}");
    acknowledged.clone().check(&store.shared().snapshot(), &mut random);
    drop(store);

    let full = SimulatedDisk::of(disk.image());
    full.set_room(Some(room));
    let store = DurableJobStore::open_on(full, options()).expect("a full disk can be read");
    acknowledged.check(&store.shared().snapshot(), &mut random);
    drop(store);

    let store = DurableJobStore::open_on(SimulatedDisk::of(disk.image()), options()).expect("there is room again");
    acknowledged.check(&store.shared().snapshot(), &mut random);
    acknowledged.make(PairWrite { pair: 0, number: 1 }, &store).expect("there is room again");
    acknowledged.check_exactly(&store.shared().snapshot(), &mut random);
}
