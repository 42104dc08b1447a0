//! A run that can be trained.

use crate::{Error, Trained};
use elbo_compiler::{Compilation, CompiledRun, ir};
use elbo_runtime::backend::{BackendChoice, DeviceChoice};
use elbo_runtime::execute::{Request, RunObserver, Stop, execute};
use elbo_runtime::forecast::Forecast;
use elbo_runtime::store::Store;
use elbo_runtime::train::{Event, Observer};
use std::io;
use std::path::{Path, PathBuf};

/// A checked run, and where it is computed.
#[derive(Debug, Clone)]
pub struct Run {
    compilation: Compilation,
    compiled: CompiledRun,
    folder: PathBuf,
    store: PathBuf,
    data_roots: Vec<PathBuf>,
    device: DeviceChoice,
    backend: Option<BackendChoice>,
}

impl Run {
    pub(crate) fn new(compilation: Compilation, compiled: CompiledRun, folder: PathBuf) -> Self {
        Self {
            compilation,
            compiled,
            folder,
            store: PathBuf::from("runs"),
            data_roots: Vec::new(),
            device: DeviceChoice::Cpu,
            backend: None,
        }
    }

    /// Its name in the spec.
    pub fn name(&self) -> &str {
        &self.compiled.name
    }

    /// What it means: shapes, marks, priors, posteriors, objective, seeds, data.
    pub fn ir(&self) -> &ir::Run {
        &self.compiled.run
    }

    /// Keeps the result in another folder than `runs`.
    #[must_use]
    pub fn store(mut self, folder: impl AsRef<Path>) -> Self {
        self.store = folder.as_ref().to_owned();
        self
    }

    /// Looks for data in this folder, after those that were given before.
    #[must_use]
    pub fn data_root(mut self, folder: impl AsRef<Path>) -> Self {
        self.data_roots.push(folder.as_ref().to_owned());
        self
    }

    /// Computes on another device than the processor.
    #[must_use]
    pub fn device(mut self, device: DeviceChoice) -> Self {
        self.device = device;
        self
    }

    /// Computes by another backend than the device's own choice.
    #[must_use]
    pub fn backend(mut self, backend: BackendChoice) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Trains the network, scores it on the test split and stores both; what is stored already is only read. Training that
    /// was cut off before goes on from its last checkpoint, to the same bits. It computes in rayon's current thread pool;
    /// results do not depend on its size.
    ///
    /// # Errors
    /// [`Error::Run`] if data are missing or wrong, memory will not do, the loss stops being finite, or the store cannot be
    /// written.
    pub fn train(&self) -> Result<Trained, Error> {
        self.train_watched(&mut |_| {})
    }

    /// The same; `watch` is told what happens, in order.
    ///
    /// # Errors
    /// As of [`Run::train`].
    pub fn train_watched(&self, watch: &mut dyn FnMut(&Event)) -> Result<Trained, Error> {
        let mut members = self.compilation.sweeps.iter().flat_map(|sweep| &sweep.members);
        let varied = members.find(|member| member.run.name == self.compiled.name);
        let backend = self.backend.unwrap_or(BackendChoice::of_device(self.device));
        let request = Request {
            run: &self.compiled.run,
            name: &self.compiled.name,
            model: &self.compiled.model,
            data: &self.compiled.data,
            varied: varied.map_or(&[], |member| &member.varied),
            spec: &self.compilation.inlined,
            folder: &self.folder,
            data_roots: &self.data_roots,
            store: &Store::new(self.store.clone()),
            backend,
            device: self.device,
            threads: rayon::current_num_threads(),
            calibrations: None,
            ignore_memory: false,
            fresh: false,
            force: false,
            waits: false,
            expected: None,
            stop: &Stop::default(),
        };
        let executed = execute(&request, &mut Watched(watch));
        let executed = executed.map_err(|error| Error::of_run(error, &self.compiled.run))?;
        Trained::computed_by(&executed.directory, backend, self.device)
    }
}

/// Tells a closure.
struct Watched<'w>(&'w mut dyn FnMut(&Event));

impl Observer for Watched<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        (self.0)(event);
        Ok(())
    }
}

impl RunObserver for Watched<'_> {
    fn forecast(&mut self, _: &Forecast) {}

    fn remark(&mut self, _: &str) {}
}
