//! The codes by which a file names types and merge policies, and the shape of a statistic.

/// The type of a single value. `docs/format.md` § 3.3.
///
/// # Examples
/// ```
/// use mmstats::ScalarType;
///
/// assert_eq!(ScalarType::F32.size(), 4);
/// assert_eq!(ScalarType::from_code(ScalarType::F32.code()), Some(ScalarType::F32));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ScalarType {
    /// Not a single value.
    None = 0,
    /// Unsigned, 8 bits.
    U8 = 1,
    /// Unsigned, 16 bits.
    U16 = 2,
    /// Unsigned, 32 bits.
    U32 = 3,
    /// Unsigned, 64 bits.
    U64 = 4,
    /// Signed, 8 bits.
    I8 = 5,
    /// Signed, 16 bits.
    I16 = 6,
    /// Signed, 32 bits.
    I32 = 7,
    /// Signed, 64 bits.
    I64 = 8,
    /// IEEE 754, 32 bits.
    F32 = 9,
    /// IEEE 754, 64 bits.
    F64 = 10,
    /// One byte, 0 for false.
    Bool = 11,
}

impl ScalarType {
    const ALL: [Self; 12] = [
        Self::None,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::F32,
        Self::F64,
        Self::Bool,
    ];

    /// Returns the number that stands for this type in a file.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns the type that a number in a file stands for, if this version knows it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.code() == code)
    }

    /// Returns how many bytes a value takes.
    pub const fn size(self) -> usize {
        match self {
            Self::None => 0,
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }
}

/// How the parts that several lanes (or processes) hold become one value.
/// `docs/format.md` § 3.4.
///
/// # Examples
/// ```
/// use mmstats::{Gauge, Merge, MmStats, Reader};
///
/// #[derive(MmStats)]
/// struct Cache {
///     #[mmstats(merge = "max")]
///     largest_entry: Gauge<u64>,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let stats = Cache::builder().directory(&directory).create()?;
/// # let path = stats.path().ok_or("no file")?;
/// stats.largest_entry.set(4096);
/// std::thread::scope(|scope| {
///     scope.spawn(|| stats.largest_entry.set(512));
/// });
/// assert_eq!(stats.total(|cache| &cache.largest_entry), 4096);
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let stat = snapshot.stat("largest_entry").ok_or("no such statistic")?;
/// assert_eq!((stat.merge(), stat.value().as_u64()), (Some(Merge::Max), Some(4096)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Merge {
    /// Added up; compound fields are merged part by part.
    Sum = 1,
    /// The one that was set last.
    Latest = 2,
    /// The smallest.
    Min = 3,
    /// The largest.
    Max = 4,
    /// The same in every lane.
    One = 5,
}

impl Merge {
    const ALL: [Self; 5] = [Self::Sum, Self::Latest, Self::Min, Self::Max, Self::One];

    /// Returns the number that stands for this policy in a file.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns the policy that a number in a file stands for, if this version knows it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|merge| merge.code() == code)
    }
}

/// The numbers by which a file describes the layout of a statistic. `docs/format.md` § 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The code of its kind.
    pub kind: u16,
    /// The type of its value, if it is a single one.
    pub scalar: ScalarType,
    /// How many samples its ring holds, or how many bytes its text.
    pub capacity: u32,
    /// How many buckets its histogram has.
    pub buckets: u32,
    /// Each octave of the histogram has two to this power buckets.
    pub bucket_bits: u8,
}

impl Shape {
    /// A shape without a ring and without a histogram.
    pub const fn of(kind: u16, scalar: ScalarType) -> Self {
        Self { kind, scalar, capacity: 0, buckets: 0, bucket_bits: 0 }
    }
}

/// The attributes that a field of some kind can have.
#[derive(Debug, Clone, Copy)]
pub struct Attributes {
    /// How lanes are merged.
    pub merge: Attribute<Merge>,
    /// The unit of its value.
    pub unit: Attribute<&'static str>,
}

/// An attribute of a field.
#[derive(Debug, Clone, Copy)]
pub enum Attribute<T> {
    /// A field may set it; this is the default.
    Open(T),
    /// The kind settles it, and objects so to a field that sets it.
    Settled(T, &'static str),
}

impl<T: Copy> Attribute<T> {
    /// Returns the value for a field that does not set it.
    pub const fn default(self) -> T {
        match self {
            Self::Open(value) | Self::Settled(value, _) => value,
        }
    }

    /// Panics if a field cannot set it.
    #[track_caller]
    pub(super) const fn check(self) {
        if let Self::Settled(_, objection) = self {
            panic!("{}", objection);
        }
    }
}

impl Attributes {
    /// Lanes are merged like this, and the field may have a unit.
    pub const fn merged(merge: Merge) -> Self {
        let merge = Attribute::Settled(merge, "`merge` has a meaning for a `Gauge` only");
        Self { merge, unit: Attribute::Open("") }
    }

    /// The kind settles the unit.
    #[must_use]
    pub const fn with_unit(self, unit: &'static str, objection: &'static str) -> Self {
        Self { unit: Attribute::Settled(unit, objection), ..self }
    }
}
