//! The report of an epoch as a line of JSON from which it comes back bit for bit.

use crate::EpochReport;

/// One JSON object. Numbers have as many digits as it takes to tell them from their neighbours; those
/// that JSON has no number for are strings: `"NaN"`, `"inf"`, `"-inf"`.
pub(crate) fn write(report: &EpochReport) -> String {
    let metrics = report.metrics.iter().map(|(name, value)| {
        let name = serde_json::Value::from(name.as_str());
        if value.is_finite() {
            format!("{name}:{value:?}")
        } else {
            format!("{name}:\"{value}\"")
        }
    });
    let metrics: Vec<String> = metrics.collect();
    format!(
        "{{\"epoch\":{},\"step\":{},\"metrics\":{{{}}}}}",
        report.epoch,
        report.step,
        metrics.join(",")
    )
}

/// The report of a line that [`write`] made. `serde_json` by itself rounds some numbers of 17 digits to a
/// neighbour; the parser of the standard library does not.
pub(crate) fn read(line: &str) -> Option<EpochReport> {
    let (epoch, rest) = line.strip_prefix("{\"epoch\":")?.split_once(',')?;
    let (step, rest) = rest.strip_prefix("\"step\":")?.split_once(',')?;
    let mut rest = rest.strip_prefix("\"metrics\":{")?;
    let mut report = EpochReport::new(epoch.parse().ok()?, step.parse().ok()?);
    while rest != "}}" {
        let mut names = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let name = names.next()?.ok()?;
        let value = rest[names.byte_offset()..].strip_prefix(':')?;
        let end = value.find([',', '}'])?;
        let number = value[..end].trim_matches('"').parse().ok()?;
        report.metrics.insert(name, number);
        rest = &value[end..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(report)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn report(metrics: impl IntoIterator<Item = (String, f64)>) -> EpochReport {
        let mut report = EpochReport::new(7, u64::MAX);
        report.metrics = metrics.into_iter().collect();
        report
    }

    /// What comes back of a number.
    fn again(value: f64) -> f64 {
        let line = write(&report([("x".to_owned(), value)]));
        read(&line).unwrap().metrics["x"]
    }

    proptest! {
        #[test]
        fn every_number_comes_back_to_the_bit(bits: u64) {
            let value = f64::from_bits(bits);
            if !value.is_nan() {
                prop_assert_eq!(again(value).to_bits(), bits);
            }
        }

        #[test]
        fn every_name_comes_back(names in proptest::collection::vec(any::<String>(), 0..4)) {
            let whole = report(names.into_iter().zip([0.1, -0.0, 1e300, 1e-300]));
            let line = write(&whole);
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(read(&line), Some(whole));
        }
    }

    #[test]
    fn numbers_that_are_hard_to_read_come_back_to_the_bit() {
        // Where the quick way of reading decimals is off by one bit, and the ends of the range.
        for value in [
            -86.331_404_877_098_45,
            0.1 + 0.2,
            1.797_693_134_862_315_7e308,
            f64::MIN_POSITIVE,
            5e-324,
            -0.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            assert_eq!(again(value).to_bits(), value.to_bits(), "{value}");
        }
        assert!(again(f64::NAN).is_nan());
    }

    #[test]
    fn it_is_json() {
        let line = write(&report([
            ("a \"b\"".to_owned(), 0.5),
            ("c".to_owned(), 2.0),
        ]));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["metrics"]["a \"b\""], 0.5);
        assert_eq!(
            (&json["epoch"], &json["metrics"]["c"]),
            (&7.into(), &2.0.into())
        );
    }

    #[test]
    fn other_lines_are_none() {
        let line = write(&report([("a".to_owned(), 0.5)]));
        for end in 0..line.len() {
            assert_eq!(read(&line[..end]), None, "{}", &line[..end]);
        }
        for text in [
            "null",
            "{\"epoch\":1,\"step\":2,\"metrics\":{\"a\":x}}",
            "{\"epoch\":1.5,\"step\":2,\"metrics\":{}}",
            "{\"epoch\":1,\"step\":2,\"metrics\":{}}}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
