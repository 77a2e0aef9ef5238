#![forbid(unsafe_code)]
//! Converts a snapshot to a struct defined by the caller.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{Error, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::Snapshot;
use crate::kind::{Headline, Scalar, Summary, Value, entries};

/// An error from converting a snapshot to a struct with [`Snapshot::view`].
///
/// # Examples
/// ```
/// use mmstats::Reader;
/// # use mmstats::{Counter, MmStats};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct View {
///     failed: u64,
/// }
///
/// # #[derive(MmStats)]
/// # struct Job { done: Counter }
/// # let directory = tempfile::tempdir()?;
/// # let job = Job::builder().directory(&directory).file("job.mmstats").create()?;
/// # let path = job.path().ok_or("no file")?;
/// let snapshot = Reader::open(path)?.snapshot()?; // which has `done` only
/// let error = snapshot.view::<View>().unwrap_err();
/// assert_eq!(error.to_string(), "missing field `failed`");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ViewError(Error);

impl fmt::Display for ViewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ViewError {}

impl Snapshot {
    /// Converts the statistics to a struct that derives `Deserialize`.
    ///
    /// A field has the key of its statistic; `pool.idle` may also be the field `idle` of a struct
    /// in the field `pool`. Samples become a struct with the fields that the JSON has, or a single
    /// number: as an integer their count, as a floating point number their mean. Statistics
    /// without a field are ignored.
    ///
    /// # Errors
    /// If a statistic that a field needs is missing, or has another type.
    ///
    /// # Examples
    /// ```
    /// use mmstats::{Counter, MmStats, Reader, Text};
    ///
    /// #[derive(MmStats)]
    /// struct Job {
    ///     done: Counter,
    ///     user: Text<32>,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct View {
    ///     done: u64,
    ///     user: String,
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let job = Job::builder().directory(&directory).create()?;
    /// # let path = job.path().ok_or("no file")?;
    /// job.done.add(12);
    /// job.user.set("rob");
    /// let view: View = Reader::open(path)?.snapshot()?.view()?;
    /// assert_eq!((view.done, view.user.as_str()), (12, "rob"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn view<V: DeserializeOwned>(&self) -> Result<V, ViewError> {
        let stats = self.stats().map(|stat| (stat.key().as_str(), stat.value()));
        V::deserialize(Fields(stats.collect())).map_err(ViewError)
    }
}

/// Statistics by key.
struct Fields<'a>(Vec<(&'a str, &'a Value)>);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut groups: BTreeMap<&str, Vec<(&str, &Value)>> = BTreeMap::new();
        for (key, value) in &self.0 {
            if let Some((group, rest)) = key.split_once('.') {
                groups.entry(group).or_default().push((rest, value));
            }
        }
        let singles = self.0.iter().map(|(key, value)| (*key, Field::Single(value)));
        // A statistic takes precedence over a group with its name.
        let is_single = |group: &&str| self.0.iter().any(|(key, _)| key == group);
        let groups = groups.into_iter().filter(|(group, _)| !is_single(group));
        let groups = groups.map(|(group, fields)| (group, Field::Group(Fields(fields))));
        visitor.visit_map(MapDeserializer::new(singles.chain(groups)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// A statistic, or several whose names begin with the same part.
enum Field<'a> {
    Single(&'a Value),
    Group(Fields<'a>),
}

impl IntoDeserializer<'_, Error> for Field<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Forwards to samples as one number, if the field wants a number.
macro_rules! numbers {
    ($($method:ident $which:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match &self {
                Self::Single(value) => $which(&value.summary(), visitor),
                Self::Group(_) => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Group(fields) => fields.deserialize_any(visitor),
            Self::Single(value) => {
                let summary = value.summary();
                match entries(&summary) {
                    Some(entries) => {
                        let entries = entries.map(|(name, number)| (name, Sample(number)));
                        visitor.visit_map(MapDeserializer::new(entries))
                    }
                    None => headline(&summary, visitor),
                }
            }
        }
    }

    numbers! {
        deserialize_u8 count;
        deserialize_u16 count;
        deserialize_u32 count;
        deserialize_u64 count;
        deserialize_i8 count;
        deserialize_i16 count;
        deserialize_i32 count;
        deserialize_i64 count;
        deserialize_f32 headline;
        deserialize_f64 headline;
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i128 u128 char str string bytes byte_buf unit unit_struct newtype_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

fn headline<'de, V: Visitor<'de>>(summary: &Summary<'_>, visitor: V) -> Result<V::Value, Error> {
    match summary.headline {
        Headline::Number(number) => visit(number, visitor),
        Headline::Text(text) => visitor.visit_str(text),
        Headline::Unknown(_) => visitor.visit_unit(),
    }
}

fn count<'de, V: Visitor<'de>>(summary: &Summary<'_>, visitor: V) -> Result<V::Value, Error> {
    match &summary.samples {
        Some(samples) => visitor.visit_u64(samples.count),
        None => headline(summary, visitor),
    }
}

fn visit<'de, V: Visitor<'de>>(number: Scalar, visitor: V) -> Result<V::Value, Error> {
    match number {
        Scalar::Integer(integer) => match (u64::try_from(integer), i64::try_from(integer)) {
            (Ok(integer), _) => visitor.visit_u64(integer),
            (_, Ok(integer)) => visitor.visit_i64(integer),
            _ => visitor.visit_i128(integer),
        },
        Scalar::Float(_) | Scalar::Double(_) => visitor.visit_f64(number.as_f64()),
        Scalar::Bool(truth) => visitor.visit_bool(truth),
    }
}

/// A number that may be missing.
struct Sample(Option<Scalar>);

impl IntoDeserializer<'_, Error> for Sample {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Sample {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(number) => visit(number, visitor),
            None => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(_) => visitor.visit_some(self),
            None => visitor.visit_none(),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
