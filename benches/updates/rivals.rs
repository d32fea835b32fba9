//! Processes of their own: ours with kernels on and off, and the other libraries in Python.

use std::path::Path;
use std::process::{Command, Stdio};

use burnzmann::prelude::Device;
use serde_json::Value;

use crate::case::{Case, Rows, Work};
use crate::contestants::{pool, rows};

/// What a contestant said: its name, milliseconds, updates timed, and peak memory.
pub(crate) struct Line {
    pub(crate) peer: String,
    pub(crate) milliseconds: f64,
    pub(crate) steps: u64,
    pub(crate) peak_mib: Option<u64>,
}

const SCRIPT: &str = include_str!("peers.py");

/// Ours, once with kernels and once without.
pub(crate) fn ours(case: &Case, backend: &str) -> Result<Vec<Line>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let case_json = serde_json::to_string(case).map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    // Only the ndarray backend has no kernels to turn off.
    let settings: &[&str] = if backend == "ndarray" {
        &["on"]
    } else {
        &["on", "off"]
    };
    for kernels in settings {
        let mut command = Command::new(&program);
        command.args(["--worker", &case_json, "--backend", backend]);
        command.env("BURNZMANN_KERNELS", kernels);
        lines.extend(lines_of(limit(&mut command, case))?);
    }
    Ok(lines)
}

/// The other libraries, on the very rows that ours take.
pub(crate) fn peers(case: &Case, python: &Path) -> Result<Vec<Line>, String> {
    let algorithm = match case.work {
        Work::Cd(_) => "cd",
        Work::Pcd(_) => "pcd",
        Work::FreeEnergy => "free-energy",
        Work::Ais(_) | Work::Epoch => return Ok(Vec::new()),
    };
    if case.rows == Rows::Gray {
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (script, data) = (
        folder.path().join("peers.py"),
        folder.path().join("rows.f32"),
    );
    let write = |file: &Path, bytes: &[u8]| {
        std::fs::write(file, bytes).map_err(|error| format!("{}: {error}", file.display()))
    };
    let count = if case.work == Work::FreeEnergy {
        case.batch
    } else {
        pool(case)
    };
    let values = rows(case, count, &Device::default()).into_data();
    write(&data, values.as_bytes())?;
    write(&script, SCRIPT.as_bytes())?;
    let mut command = Command::new(python);
    command.arg(&script).arg(&data).arg(algorithm);
    let numbers = [case.visible, case.hidden, case.batch, case.k().unwrap_or(1)];
    command.args(numbers.map(|n| n.to_string()));
    lines_of(limit(&mut command, case))
}

/// Holds a contestant to the case's number of threads.
fn limit<'a>(command: &'a mut Command, case: &Case) -> &'a mut Command {
    let names = [
        "RAYON_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
    ];
    if let Some(threads) = case.threads {
        for name in names {
            command.env(name, threads.to_string());
        }
    }
    command
}

fn lines_of(command: &mut Command) -> Result<Vec<Line>, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{program} does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} ended with {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let objects = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = |object: Value| {
        Some(Line {
            peer: object["peer"].as_str()?.to_owned(),
            milliseconds: object["ms_per_step"].as_f64()?,
            steps: object["steps"].as_u64()?,
            peak_mib: object["peak_mib"].as_u64(),
        })
    };
    Ok(objects.filter_map(line).collect())
}
