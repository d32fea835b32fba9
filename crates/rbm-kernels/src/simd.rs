//! One source, compiled for several instruction sets, and the choice among them at run time.
//!
//! Kernels are written as plain loops over short arrays, which the compiler turns into vector code
//! of whatever width the surrounding function may use. No step of them depends on that width, and
//! none fuses a product with a sum, so every version gives the same bits. On 64-bit ARM the one
//! version compiled uses NEON, which every such processor has.

/// An instruction set that this machine has.
///
/// There is no way to make one but to ask the machine; the unsafe calls in [`versions`] rest on
/// that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(Set);

/// Each has what those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Set {
    /// What every machine of this architecture has.
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// The widest.
    pub(crate) fn best() -> Self {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                return Self(Set::Avx512);
            }
            if is_x86_feature_detected!("avx2") {
                return Self(Set::Avx2);
            }
        }
        Self(Set::Baseline)
    }

    /// Every one that this machine has, for tests that compare them.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let sets = [
            Set::Baseline,
            #[cfg(target_arch = "x86_64")]
            Set::Avx2,
            #[cfg(target_arch = "x86_64")]
            Set::Avx512,
        ];
        let best = Self::best();
        let here = sets.into_iter().filter(|set| *set <= best.0);
        here.map(Self).collect()
    }

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn is_avx512(self) -> bool {
        self.0 == Set::Avx512
    }

    #[cfg(target_arch = "x86_64")]
    pub(crate) fn is_avx2(self) -> bool {
        self.0 == Set::Avx2
    }
}

/// Declares `fn name(level: Level, arguments…)`, which runs an `#[inline(always)]` kernel of the
/// same arguments compiled for `level`. Type parameters are given twice in brackets, as declared
/// and as used.
macro_rules! versions {
    (
        $(#[$meta:meta])*
        $vis:vis fn $name:ident $([$($declared:tt)+] [$($used:tt)+])?
        ($($arg:ident: $type:ty),* $(,)?) = $kernel:ident;
    ) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments, reason = "those of the kernel and one more")]
        $vis fn $name $(<$($declared)+>)? (level: $crate::simd::Level, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn avx512 $(<$($declared)+>)? ($($arg: $type),*) {
                    $kernel $(::<$($used)+>)? ($($arg),*);
                }
                #[target_feature(enable = "avx2")]
                fn avx2 $(<$($declared)+>)? ($($arg: $type),*) {
                    $kernel $(::<$($used)+>)? ($($arg),*);
                }
                if level.is_avx512() {
                    // SAFETY: a level of this name is made only where the machine has these.
                    return unsafe { avx512 $(::<$($used)+>)? ($($arg),*) };
                }
                if level.is_avx2() {
                    // SAFETY: as above.
                    return unsafe { avx2 $(::<$($used)+>)? ($($arg),*) };
                }
            }
            let _ = level;
            $kernel $(::<$($used)+>)? ($($arg),*);
        }
    };
}
pub(crate) use versions;
