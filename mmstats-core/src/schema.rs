//! What a struct says of itself, in const: the derive emits [`Entry`] values, and
//! creation encodes them into the schema section of the file.

use crate::field::Field;

/// The longest label, its prefixes included, in bytes.
pub(crate) const MAX_LABEL: usize = 255;

/// The longest name of a unit, in bytes.
pub(crate) const MAX_UNIT: usize = 63;

/// Which kind of statistic a field is. `docs/format.md` § 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u16)]
pub enum Kind {
    /// A count that only grows.
    Counter = 1,
    /// A count that goes up and down.
    UpDown = 2,
    /// The latest value of something.
    Gauge = 3,
    /// The latest text.
    Text = 4,
    /// The mean of all samples.
    Average = 5,
    /// The mean of the latest samples.
    MovingAverage = 6,
    /// Durations.
    Timer = 7,
    /// A value that is set at creation.
    Constant = 8,
    /// A text that is set at creation.
    ConstantText = 9,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Counter,
        Self::UpDown,
        Self::Gauge,
        Self::Text,
        Self::Average,
        Self::MovingAverage,
        Self::Timer,
        Self::Constant,
        Self::ConstantText,
    ];

    /// The number that stands for this kind in a file.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The kind that a file's number stands for, if this version knows it.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The type of a single value. `docs/format.md` § 3.3.
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

    /// The number that stands for this type in a file.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The type that a file's number stands for, if this version knows it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|scalar| scalar.code() == code)
    }

    /// How many bytes a value takes.
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

    /// The number that stands for this policy in a file.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The policy that a file's number stands for, if this version knows it.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|merge| merge.code() == code)
    }
}

/// The numbers that, with a field's [`Kind`], tell how its bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Which kind of statistic.
    pub kind: Kind,
    /// The type of its value, where it is a single one.
    pub scalar: ScalarType,
    /// How many samples its ring holds, or how many bytes its text.
    pub capacity: u32,
    /// How many buckets its histogram has.
    pub buckets: u32,
    /// Each octave of the histogram has two to this power buckets.
    pub bucket_bits: u8,
    /// How lanes are merged unless the field says otherwise.
    pub merge: Merge,
    /// The unit, where the kind settles it.
    pub unit: &'static str,
}

impl Shape {
    /// A shape with no ring, no histogram and no unit.
    pub const fn of(kind: Kind, scalar: ScalarType, merge: Merge) -> Self {
        Self { kind, scalar, capacity: 0, buckets: 0, bucket_bits: 0, merge, unit: "" }
    }
}

/// One field of a struct: what the derive says of it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub(crate) label: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) merge: Merge,
    pub(crate) shape: Shape,
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

impl Entry {
    /// A field of type `F` that lies `offset` bytes into its struct.
    ///
    /// # Panics
    /// At compile time, if the label is empty or too long.
    pub const fn of<F: Field>(label: &'static str, offset: usize) -> Self {
        assert!(!label.is_empty(), "a label cannot be empty");
        assert!(label.len() <= MAX_LABEL, "a label is at most 255 bytes long");
        let shape = F::SHAPE;
        Self {
            label,
            help: "",
            unit: shape.unit,
            merge: shape.merge,
            shape,
            offset,
            size: size_of::<F>(),
        }
    }

    /// Sets the help text.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// Sets the unit.
    ///
    /// # Panics
    /// At compile time, if the name is too long, or the field can have none.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        assert!(
            !matches!(self.shape.kind, Kind::Timer | Kind::Text | Kind::ConstantText),
            "this kind of statistic has no unit of its own"
        );
        assert!(unit.len() <= MAX_UNIT, "the name of a unit is at most 63 bytes long");
        self.unit = unit;
        self
    }

    /// Sets how lanes are merged.
    ///
    /// # Panics
    /// At compile time, if the field is not a `Gauge`.
    #[must_use]
    pub const fn merge(mut self, merge: Merge) -> Self {
        assert!(matches!(self.shape.kind, Kind::Gauge), "only gauges are merged in different ways");
        self.merge = merge;
        self
    }
}

/// The parts of a schema of `N` entries in all, one behind the other.
///
/// # Panics
/// At compile time, if there are none, or not as many.
pub const fn joined<const N: usize>(parts: &[&[Entry]]) -> [Entry; N] {
    let mut all = [parts[0][0]; N];
    let (mut part, mut done) = (0, 0);
    while part < parts.len() {
        let (_, rest) = all.split_at_mut(done);
        let (room, _) = rest.split_at_mut(parts[part].len());
        room.copy_from_slice(parts[part]);
        done += parts[part].len();
        part += 1;
    }
    assert!(done == N, "the parts are all that there is");
    all
}
